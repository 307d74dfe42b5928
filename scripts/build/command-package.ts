import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCommand } from './command-bundle.ts'
import { publishedPackage, type WorkspacePackage } from './published-package.ts'
import { thirdPartyNotices, thirdPartyPackages } from './third-party-notices.ts'

/** What others' software in the bundle asks to be passed on. */
export const noticesFile = 'THIRD-PARTY-NOTICES.txt'

/**
 * Makes the package `cometmq` as it is published, except for its declarations: the launcher, and all that it runs as a bundle. It depends on no other package.
 *
 * @param root the checkout.
 * @param target the package's folder, new or empty; `target/bin/cometmq.js` runs from there.
 */
export async function makeCommandPackage(root: string, target: string): Promise<void> {
  const source = join(root, 'packages', 'cli')
  mkdirSync(target, { recursive: true })
  if (readdirSync(target).length > 0)
    throw new Error(`${target} is not empty: remove what is there, or name a new folder`)
  const sources = await bundleCommand(root, join(target, 'dist'))
  writeFileSync(join(target, noticesFile), thirdPartyNotices(thirdPartyPackages(sources)))
  cpSync(join(source, 'bin'), join(target, 'bin'), { recursive: true })
  const [json, workspace] = [source, root].map(
    (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as WorkspacePackage,
  )
  const published = publishedPackage(json!, workspace!, { bundled: true, files: [noticesFile] })
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`)
  for (const file of ['LICENSE', 'README.md']) cpSync(join(root, file), join(target, file))
}
