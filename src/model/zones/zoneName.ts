const ZONE_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Whether a text is the value of a label and not empty, as the name of a zone is: nodes have it in a label. */
export function isZoneName(text: string): boolean {
  return ZONE_NAME.test(text);
}
