/** Milliseconds for which the event loop of this thread has been busy, and not waiting for something to happen, since it began. */
export const nodeLoopBusyMs = (): number => performance.eventLoopUtilization().active
