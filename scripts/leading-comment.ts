import { readFileSync } from 'node:fs'

/** The text of a file's first comment, which is what a script says of itself: `--help` prints it. */
export function leadingComment(file: string): string {
  return readFileSync(file, 'utf8')
    .match(/\/\*\*\n([\s\S]*?)\*\//)![1]!
    .replace(/^ \* ?/gm, '')
}
