/** How wide the column of components is; a longer name pushes its line to the right. */
const componentWidth = 8

/** A JSON line of the logger as a line for people: `12:34:56.789 WARN  broker    message  key=value`, in local time. */
export function formatLogLine(json: string): string {
  const { level, time, msg, component, ...fields } = JSON.parse(json) as Record<string, unknown>
  let line = `${timeOfDay(String(time))} ${String(level).toUpperCase().padEnd(5)} `
  if (component !== undefined) line += `${oneLine(String(component)).padEnd(componentWidth)} `
  line += oneLine(String(msg ?? ''))
  let stacks = ''
  let separator = '  '
  for (const [key, value] of Object.entries(fields)) {
    line += `${separator}${oneLine(key)}=${formatValue(value)}`
    separator = ' '
    if (isSerializedError(value)) stacks += `\n${indented(value.stack)}`
  }
  return `${line}${stacks}\n`
}

function timeOfDay(isoTime: string): string {
  const time = new Date(isoTime)
  const twoDigits = (value: number) => String(value).padStart(2, '0')
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`
}

function formatValue(value: unknown): string {
  if (isSerializedError(value)) return oneLine(JSON.stringify(value.message))
  if (typeof value === 'string' && /^[^\s"=\p{C}]+$/u.test(value)) return value
  return oneLine(JSON.stringify(value))
}

/** What came from a peer must not be able to make a line of its own, or to move the reader's terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (control) => {
    return control === '\n' ? '\\n' : `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

interface SerializedError {
  readonly message: string
  readonly stack: string
}

function isSerializedError(value: unknown): value is SerializedError {
  const error = value as Partial<SerializedError> | null
  return typeof error === 'object' && typeof error?.message === 'string' && typeof error.stack === 'string'
}

function indented(stack: string): string {
  return stack
    .split('\n')
    .map((line) => `    ${oneLine(line.trim())}`)
    .join('\n')
}
