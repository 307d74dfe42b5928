/** Bytes from hexadecimal digits; white space does not count. */
export const hex = (digits: string): Buffer => Buffer.from(digits.replace(/\s/g, ''), 'hex')
