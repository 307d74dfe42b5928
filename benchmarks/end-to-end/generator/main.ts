/** The generator's process: takes one job at a time from its parent and answers with figures or the reason of failure. */
import type { Job, JobAnswer } from './job.ts'
import { runJob } from './run-job.ts'

process.on('message', async (job: Job) => {
  let answer: JobAnswer
  try {
    answer = { result: await runJob(job) }
  } catch (error) {
    answer = { error: (error as Error).message }
  }
  process.send?.(answer)
})
process.on('disconnect', () => process.exit(0))
