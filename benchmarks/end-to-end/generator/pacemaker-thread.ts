import { parentPort, workerData } from 'node:worker_threads'
import type { Pace } from './pacemaker.ts'

const { startMs, tickMs, pending } = workerData as Pace
const sleeping = new Int32Array(new SharedArrayBuffer(4))

for (let tick = 0; ; ) {
  const nowMs = performance.timeOrigin + performance.now()
  const leftMs = startMs + tick * tickMs - nowMs
  if (leftMs > 0) {
    Atomics.wait(sleeping, 0, 0, leftMs)
    continue
  }
  if (Atomics.exchange(pending, 0, 1) === 0) parentPort?.postMessage(0)
  tick = Math.floor((nowMs - startMs) / tickMs) + 1
}
