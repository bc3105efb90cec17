import { LABEL_VALUE_FORM, LONGEST_LABEL_VALUE } from '../labelValue.js';

/** Whether a text is the value of a label and not empty, as the name of a zone is: nodes have it in a label. */
export function isZoneName(text: string): boolean {
  return text.length <= LONGEST_LABEL_VALUE && LABEL_VALUE_FORM.test(text);
}
