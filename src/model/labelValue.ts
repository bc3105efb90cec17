/** In characters, all of which are ASCII. */
export const LONGEST_LABEL_VALUE = 63;

/** What the value of a label consists of where it is not empty, and the name part of its key (apimachinery's util/validation). */
export const LABEL_VALUE_FORM = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
