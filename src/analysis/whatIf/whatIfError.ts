import type { WhatIf } from './whatIf.js';

/** A change that cannot be made to this cluster. */
export class WhatIfError extends Error {
  override readonly name = 'WhatIfError';
  /** The field of the change. */
  readonly field: keyof WhatIf;

  /** @param message one sentence without a full stop that names what is wrong */
  constructor(field: keyof WhatIf, message: string) {
    super(message);
    this.field = field;
  }
}
