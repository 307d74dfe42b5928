const maxFolderNameBytes = 255

/** Whether the topic can be the name of a folder: what comes from outside must not lead anywhere else. */
export function isTopicFolder(topic: string): boolean {
  if (topic === '' || topic === '.' || topic === '..') return false
  if (topic.includes('/') || topic.includes('\\') || topic.includes('\0')) return false
  return Buffer.byteLength(topic) <= maxFolderNameBytes
}
