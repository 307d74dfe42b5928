import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Cluster } from '../../cluster/cluster.ts'
import { clusterSteps, expectedOf } from '../../cluster/steps.ts'
import type { RunningPart, ServerProgram } from '../../servers.ts'

/** Notes what is started and killed, in order. */
function program(events: string[], failing?: string): ServerProgram {
  const launched = (name: string): Promise<RunningPart> => {
    if (name === failing) return Promise.reject(new Error(`${name} does not start`))
    events.push(`start ${name}`)
    return Promise.resolve({
      kill: () => {
        events.push(`kill ${name}`)
        return Promise.resolve()
      },
    })
  }
  return {
    kind: 'cometmq',
    start: () => Promise.reject(new Error('a cluster is started by its parts')),
    startNameServer: ({ port }) => launched(`namesrv ${port}`),
    startBroker: ({ name, port, namesrv }) => launched(`${name} ${port} ${namesrv}`),
  }
}

const place = { directory: '/nowhere', namesrvPort: 100, brokerPort: 200 }
const both = '127.0.0.1:100;127.0.0.1:101'

describe('a cluster', () => {
  it('is two NameServers, and then three brokers that know both', async () => {
    const events: string[] = []
    const cluster = await Cluster.start({ ...place, program: program(events) })
    assert.deepEqual(events, [
      ...['start namesrv 100', 'start namesrv 101'],
      ...[`start broker-a 200 ${both}`, `start broker-b 210 ${both}`, `start broker-c 220 ${both}`],
    ])
    assert.equal(cluster.namesrv(), both)
    assert.equal(cluster.addresses()['@broker-b'], '127.0.0.1:210')
  })
  it('has parts that are killed and started again, and mended where they are missing', async () => {
    const events: string[] = []
    const cluster = await Cluster.start({ ...place, program: program(events) })
    events.length = 0
    await cluster.act('kill broker-b')
    await cluster.act('start broker-b')
    await cluster.act('kill n1')
    await cluster.mend()
    const brokerB = `broker-b 210 ${both}`
    assert.deepEqual(events, [`kill ${brokerB}`, `start ${brokerB}`, 'kill namesrv 100', 'start namesrv 100'])
    await assert.rejects(cluster.act('kill broker-z'), /no broker-z/)
    await assert.rejects(cluster.act('paint n1'), /killed or started/)
  })
  it('leaves nothing behind when a part does not start', async () => {
    const events: string[] = []
    const failing = `broker-c 220 ${both}`
    await assert.rejects(Cluster.start({ ...place, program: program(events, failing) }), /does not start/)
    const started = events.filter((event) => event.startsWith('start ')).map((event) => event.slice('start '.length))
    assert.deepEqual(
      events.filter((event) => event.startsWith('kill ')),
      started.map((name) => `kill ${name}`),
    )
  })
})

describe('the steps of a cluster', () => {
  it('say beforehand that nothing is lost and nobody refused', () => {
    for (const scenario of Object.keys(clusterSteps)) {
      const expected = Object.entries(expectedOf(scenario))
      assert.ok(expected.some(([fact, value]) => fact.includes(' !seen ') && String(value) === '0 lost'))
    }
    assert.ok(Object.entries(expectedOf('cluster')).some(([, value]) => String(value) === '0 refused'))
  })
})
