import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Job, JobAnswer, LoadResult } from './job.ts'

/** The runner's hold on the generator: one process for the whole run, so that its own code is compiled hot for every server. */
export class GeneratorProcess {
  readonly #process: ChildProcess

  constructor() {
    this.#process = fork(fileURLToPath(new URL('main.ts', import.meta.url)), { stdio: 'inherit' })
  }

  run(job: Job): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`the generator ended with exit code ${code}`))
      this.#process.once('exit', onExit)
      this.#process.once('message', (answer: JobAnswer) => {
        this.#process.off('exit', onExit)
        if ('result' in answer) resolve(answer.result)
        else reject(new Error(answer.error))
      })
      this.#process.send(job)
    })
  }

  close(): void {
    if (this.#process.connected) this.#process.disconnect()
  }
}
