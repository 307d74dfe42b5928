import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const inPackage = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/
const noticeFile = /^(?:licen[cs]e|notice|copying)(?:[.-]|$)/i

/** The folders of the packages from elsewhere that these sources belong to, each once, in order of their names. */
export function thirdPartyPackages(sources: readonly string[]): readonly string[] {
  const folders = sources.map((source) => inPackage.exec(source)?.[0]).filter((folder) => folder !== undefined)
  return [...new Set(folders)].sort()
}

/**
 * The text that goes with a bundle of these packages: name, version, and what each asks to be passed on, its licence and its notice.
 * Throws when a package has none of these files: someone has to find out then what it asks for.
 */
export function thirdPartyNotices(folders: readonly string[]): string {
  const parts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package
    const files = readdirSync(folder).filter((file) => noticeFile.test(file))
    if (files.length === 0)
      throw new Error(`${folder} goes into the bundle and has no licence file: find its licence, or do without it`)
    const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim())
    return [`${name} ${version} (${license})`, ...texts].join('\n\n')
  })
  return ['CometMQ contains the following software of others.', ...parts].join(`\n\n${'-'.repeat(80)}\n\n`).concat('\n')
}

interface Package {
  name: string
  version: string
  license: string
}
