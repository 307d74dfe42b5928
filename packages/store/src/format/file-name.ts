const digits = 20

/** Data files are named by the offset of their first byte: decimal, 20 digits. */
export function fileNameOf(startOffset: number): string {
  return String(startOffset).padStart(digits, '0')
}

/** The offset that a data file's name stands for; `undefined` when it is not such a name. */
export function startOffsetOf(fileName: string): number | undefined {
  if (!/^\d{20}$/.test(fileName)) return undefined
  const offset = Number(fileName)
  return Number.isSafeInteger(offset) ? offset : undefined
}
