/**
 * IP addresses as bytes. IPv4 in dotted form is 4 bytes, IPv6 16; an IPv4-mapped IPv6 address (`::ffff:10.0.0.1`, as dual-stack sockets name
 * their IPv4 peers) is the IPv4 address that it stands for, as for Java.
 */
export const ipv4Bytes = 4
export const ipv6Bytes = 16

/** Bytes of the address in a record or message id; `undefined` for a text that is no IP address. */
export function ipSize(host: string): 4 | 16 | undefined {
  if (isIpv4(host)) return ipv4Bytes
  const groups = ipv6Groups(host)
  if (groups === undefined) return undefined
  return isMapped(groups) ? ipv4Bytes : ipv6Bytes
}

/** Writes the address and returns its size; `undefined`, with nothing written, for a text that is no IP address. */
export function writeIp(into: Buffer, at: number, host: string): 4 | 16 | undefined {
  if (writeIpv4(into, at, host)) return ipv4Bytes
  const groups = ipv6Groups(host)
  if (groups === undefined) return undefined
  const first = isMapped(groups) ? 6 : 0
  for (let i = first; i < 8; i++) {
    into[at + 2 * (i - first)] = groups[i]! >> 8
    into[at + 2 * (i - first) + 1] = groups[i]!
  }
  return first === 0 ? ipv6Bytes : ipv4Bytes
}

/** The address as text, IPv6 in its shortest form. */
export function readIp(bytes: Buffer, at: number, size: 4 | 16): string {
  if (size === ipv4Bytes) return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
  const groups: number[] = []
  for (let i = 0; i < 8; i++) groups.push((bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!)
  return ipv6Text(groups)
}

/** Decimal, as 1 to 3 digits a part: scanned in place, because every stored message has two of them. */
function writeIpv4(into: Buffer, at: number, host: string): boolean {
  if (!isIpv4(host)) return false
  let part = 0
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i)
    if (code !== dot) part = part * 10 + code - zero
    else {
      into[at++] = part
      part = 0
    }
  }
  into[at] = part
  return true
}

const dot = 0x2e
const zero = 0x30

function isIpv4(host: string): boolean {
  if (host.length > 15) return false
  let part = 0
  let digits = 0
  let dots = 0
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i)
    if (code === dot) {
      if (digits === 0) return false
      dots++
      part = digits = 0
    } else if (code >= zero && code <= zero + 9) {
      part = part * 10 + code - zero
      if (++digits > 3 || part > 255) return false
    } else return false
  }
  return dots === 3 && digits > 0
}

const maxIpv6Text = 45

function ipv6Groups(host: string): number[] | undefined {
  const percent = host.indexOf('%')
  const text = percent < 0 ? host : host.slice(0, percent)
  if (text.length > maxIpv6Text) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

/** Only the last part of an address may be in dotted form. */
function groupsOf(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else if (mayEndDotted && i === parts.length - 1 && isIpv4(part)) {
      const [a, b, c, d] = part.split('.').map(Number)
      groups.push((a! << 8) | b!, (c! << 8) | d!)
    } else return undefined
  }
  return groups
}

const isMapped = (groups: number[]) => groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)

/** RFC 5952: lower case, the longest run of two or more zero groups as `::`. */
function ipv6Text(groups: number[]): string {
  let start = -1
  let length = 1
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > length) {
      start = i
      length = end - i
    }
    i = Math.max(i, end)
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}
