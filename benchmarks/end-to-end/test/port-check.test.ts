import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { takenPorts } from '../port-check.ts'
import { serverKinds } from '../servers/registry.ts'

test('a port that is in use is named, with whom it is for', async (context) => {
  const taken = createServer().listen(0, '127.0.0.1')
  context.after(() => taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const kind = { ...serverKinds[0]!, ports: [port - 1] }
  assert.match((await takenPorts(kind, 1)) ?? '', new RegExp(`port ${port} for ${kind.name} is taken`))
  taken.close()
  await once(taken, 'close')
  assert.equal(await takenPorts(kind, 1), undefined)
})

test('no two servers of the bench share a port', () => {
  const ports = serverKinds.flatMap((kind) => kind.ports)
  assert.equal(new Set(ports).size, ports.length)
})
