import { type FileSystem, messageOf, replaceFile, systemCodeOf } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { changedPropertiesText } from '@cometmq/protocol/bodies'
import { Refusal } from '@cometmq/remoting'
import { brokerLimits } from '../limits.ts'

/** The configuration file that the broker was started with. Comments, and settings that are not changed, stay as the operator wrote them. */
export class SettingsFile {
  readonly path: string
  readonly #files: FileSystem

  constructor(path: string, files: FileSystem) {
    this.path = path
    this.#files = files
  }

  /** Resolves when the changes are durable. One at a time. @throws Refusal when they cannot be made so; the file is then as before */
  async change(changes: ReadonlyMap<string, string>): Promise<void> {
    try {
      const text = await this.#read()
      await replaceFile(this.#files, this.path, Buffer.from(changedPropertiesText(text, changes)))
    } catch (error) {
      const remark = `nothing was changed: the configuration file ${this.path} cannot be written (${messageOf(error)}); make it writable, or start the broker without it`
      throw new Refusal(responseCode.SYSTEM_ERROR, remark, { cause: error })
    }
  }

  /** Who has removed the file since the start finds a new one. */
  async #read(): Promise<string> {
    try {
      return (await this.#files.readFile(this.path, brokerLimits.settingsFileBytes)).toString()
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return ''
      throw error
    }
  }
}
