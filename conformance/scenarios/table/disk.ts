import { type ApacheRelease, apacheReleases } from '../../servers.ts'
import type { Scenario } from '../scenario.ts'

const kept = {
  missingKinds: [],
  equal: true,
  offsetsEqual: true,
  appended: true,
  delaysKept: true,
  configurationKept: true,
  logKept: true,
  roundTripEqual: true,
  acknowledgedLost: 0,
  misplaced: 0,
  holes: 0,
}

/** Each side writes and the other opens, after a clean stop and after kill -9 under load. */
function diskScenarios(release: ApacheRelease): readonly Scenario[] {
  const apache = release === '5.5.0' ? 'apache' : `apache-${release}`
  const of = (name: string, title: string, disk: Omit<NonNullable<Scenario['disk']>, 'apache'>): Scenario => ({
    ...{
      name,
      title,
      area: 'disk',
      client: 'disk',
      expected: release === '5.5.0' ? { ...kept, timersKept: true } : kept,
    },
    disk: { ...disk, apache: release },
  })
  const byApache = `${apache}-to-cometmq`
  const byCometmq = `cometmq-to-${apache}`
  return [
    of(`disk-${byApache}`, `A store of Apache RocketMQ ${release} is opened by CometMQ`, {
      writer: 'apache',
      killed: false,
    }),
    of(`disk-${byCometmq}`, `A store of CometMQ is opened by Apache RocketMQ ${release}`, {
      writer: 'cometmq',
      killed: false,
    }),
    of(`disk-${byApache}-killed`, `The same after kill -9 of the Apache broker ${release} under load, on IPv6`, {
      writer: 'apache',
      killed: true,
    }),
    of(`disk-${byCometmq}-killed`, `The same after kill -9 of CometMQ under load, on IPv6, by Apache ${release}`, {
      writer: 'cometmq',
      killed: true,
    }),
  ]
}

export const exchangedStores: readonly Scenario[] = [...apacheReleases.flatMap(diskScenarios)]

export const kill9: readonly Scenario[] = [
  {
    name: 'kill-9',
    title: 'Killed again and again under load: nothing acknowledged is lost',
    area: 'durability',
    client: 'kill-9',
    expected: { acknowledgedLost: 0, misplaced: 0, unseen: 0, holes: 0 },
  },
]
