import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OwnServer } from '../../own-server/own-server.ts'
import type { RunningServer, ServerOptions, ServerProgram } from '../../servers.ts'

const options: ServerOptions = { directory: '/nowhere', namesrvPort: 1, brokerPort: 2, properties: {} }

/** Notes what is done with it. */
function recorded(): { deeds: string[]; program: ServerProgram } {
  const deeds: string[] = []
  const server: RunningServer = {
    namesrv: '127.0.0.1:1',
    startupMs: 0,
    async stop() {
      deeds.push('stop')
    },
    async kill() {
      deeds.push('kill')
    },
  }
  const none = () => Promise.reject(new Error('not one by itself'))
  const program: ServerProgram = {
    kind: 'cometmq',
    async start({ directory }) {
      deeds.push(`start ${directory}`)
      return server
    },
    startNameServer: none,
    startBroker: none,
  }
  return { deeds, program }
}

describe('a server that scenarios have for themselves', () => {
  it('is killed and started on the same store when a scenario asks for it', async () => {
    const { deeds, program } = recorded()
    const server = await OwnServer.start(program, options)
    await server.act('restart')
    await server.kill()
    assert.deepEqual(deeds, ['start /nowhere', 'kill', 'start /nowhere', 'kill'])
  })

  it('does nothing else, and says so', async () => {
    const server = await OwnServer.start(recorded().program, options)
    await assert.rejects(server.act('stop'), /stop: a server of its own can be asked to restart/)
  })

  it('is not killed twice', async () => {
    const { deeds, program } = recorded()
    const server = await OwnServer.start(program, options)
    await server.kill()
    await server.kill()
    assert.deepEqual(deeds, ['start /nowhere', 'kill'])
  })
})
