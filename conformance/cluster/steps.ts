import { factName, type Step } from '../admin/steps.ts'
import type { Fact } from '../results.ts'

type Options = Omit<Step, 'run'>

/** A command as it is typed. */
const step = (line: string, options: Options = {}): Step => ({ run: line.split(' '), ...options })

/** What these steps must come to, whoever serves. */
const outcomes: Readonly<Record<string, Fact>> = {
  '!seen': ['0 lost'],
  '!acknowledged': ['by each'],
  '!committed': ['all'],
  '!steadyEnds': ['0 refused'],
  '!order': ['disorders 0, overlaps 0, queues 6'],
}

const c = '-c DefaultCluster'
const all = 'broker-a,broker-b,broker-c'
/** Without broker-b, which is killed. */
const others = 'broker-a,broker-c'
const route: Options = { keep: /^DefaultCluster|^Total/, sorted: true }
const members: Options = {
  keep: /^DefaultCluster/,
  sorted: true,
  mask: [[/(V\S+) .* (true|false)$/, '$1 … $2']],
}
/** How fast depends on when it is looked at. */
const progress: Options = { keep: /^U[A-Z]\d|^Consume|^Diff/, sorted: true, mask: [[/Consume TPS: .*/, 'Consume TPS']] }
const unordered: Options = { sorted: true }
/** The tool names the brokers in the order of a hash of their addresses. */
const anyOrder: Options = { mask: [[/(broker-[abc]:2;?){3}/, 'each broker:2']] }

/** Facts that are known beforehand: nothing is lost, nothing refused. */
export function expectedOf(scenario: string): Readonly<Record<string, Fact>> {
  const known = clusterSteps[scenario]!.map((one, place): [string, Fact | undefined] => [
    factName(one, place),
    outcomes[one.run[0]!],
  ])
  return Object.fromEntries(known.filter((pair): pair is [string, Fact] => pair[1] !== undefined))
}

/** By scenario. They run one after the other on one cluster; see `admin/java/ClusterClients.java` for what clients do. */
export const clusterSteps: Readonly<Record<string, readonly Step[]>> = {
  cluster: [
    // Every broker has this topic; it may still be about to register.
    step(`!routes n1,n2 TBW102 ${all}`),
    step(`updateTopic ${c} -t UT1 -r 2 -w 2`, unordered),
    step(`!routes n1,n2 UT1 ${all}`),
    step('topicRoute -t UT1 -l -n @n1', route),
    step('topicRoute -t UT1 -l -n @n2', route),
    step('clusterList -n @n1', members),
    step('clusterList -n @n2', members),
    step('topicClusterList -t UT1'),
    step(`updateSubGroup ${c} -g UG1 -r 3`, unordered),
    step('getConsumerConfig -g UG1', unordered),

    // Everybody has a share of what is sent, and of what is read.
    step('!join UG1 UT1 2'),
    step(`!shared UG1 UT1 ${all}`),
    step('!scatter UP1 UT1 60'),
    step(`!seen UG1 UT1 ${all}`),
    step('!committed UG1 UT1'),
    step('topicStatus -t UT1', { keep: /^broker-/, sorted: true }),
    step('consumerProgress -g UG1 -t UT1', progress),

    // A broker is killed under a producer: the others go on, and what they have acknowledged is read.
    step('!steady UP2 UT1'),
    step(`!acknowledged UT1 ${all} 20`),
    step('!ask kill broker-b'),
    step(`!routes n1,n2 UT1 ${others}`),
    step('topicRoute -t UT1 -l -n @n2', route),
    step('clusterList -n @n1', members),
    step(`!acknowledged UT1 ${others} 40`),
    step(`!shared UG1 UT1 ${others}`),
    step(`!seen UG1 UT1 ${others}`),
    step('!join UG2 UT1 1'),
    step(`!seen UG2 UT1 ${others}`),

    // It comes back with all that it has stored, also for a group that has not read it.
    step('!ask start broker-b'),
    step(`!routes n1,n2 UT1 ${all}`),
    step(`!acknowledged UT1 ${all} 20`),
    step(`!shared UG1 UT1 ${all}`),
    step(`!shared UG2 UT1 ${all}`),
    step(`!seen UG1 UT1 ${all}`),
    step(`!seen UG2 UT1 ${all}`),

    // A NameServer is killed: clients, brokers and administrators go on with the other, also with what is new.
    step('!ask kill n1'),
    step(`updateTopic ${c} -t UT2 -r 1 -w 1 -n @n2`, unordered),
    step(`!routes n2 UT2 ${all}`),
    step('!scatter UP1 UT2 6'),
    step('!join UG3 UT2 1'),
    step(`!seen UG3 UT2 ${all}`),
    step(`!acknowledged UT1 ${all} 20`),
    step('clusterList -n @n2', members),
    step('!ask start n1'),
    step(`!routes n1,n2 UT2 ${all}`),
    step('topicRoute -t UT2 -l -n @n1', route),
    step('!steadyEnds'),
    step(`!seen UG1 UT1 ${all}`),
    step(`!seen UG2 UT1 ${all}`),
    step('!committed UG1 UT1'),

    // What is done for the whole cluster.
    step('wipeWritePerm -b broker-c', { sorted: true, mask: [[/\d+$/, 'N']] }),
    step('topicRoute -t UT1 -l -n @n1', route),
    step('!scatter UP3 UT1 40'),
    step('addWritePerm -b broker-c', { sorted: true, mask: [[/\d+$/, 'N']] }),
    step('topicRoute -t UT1 -l -n @n2', route),
    step(`updateBrokerConfig ${c} -k deleteWhen -v 05`, unordered),
    step(`getBrokerConfig ${c}`, { keep: /^deleteWhen/ }),
    step(`!seen UG2 UT1 ${all}`),
    step('!leave UG2'),
    step('resetOffsetByTime -g UG2 -t UT1 -s 0', { sorted: true }),
    // Not a group that had members: what a consumer says last may come behind the deletion, and make it again.
    step(`updateSubGroup ${c} -g UG4`, { keep: /^create/ }),
    step(`deleteSubGroup ${c} -g UG4 -r true`, unordered),
    step('getConsumerConfig -g UG4'),
    step('!leave UG1'),
    step(`deleteTopic ${c} -t UT1`),
    step('topicRoute -t UT1 -n @n2'),
    step('topicList -n @n1', { keep: /^UT\d/ }),
  ],
  'cluster-order': [
    step(`!routes n1,n2 TBW102 ${all}`),
    step('updateNamesrvConfig -k orderMessageEnable -v true', unordered),
    step(`updateTopic ${c} -t UO1 -r 2 -w 2 -o true`, { ...unordered, ...anyOrder }),
    step('updateOrderConf -t UO1 -m get -n @n1', anyOrder),
    step('updateOrderConf -t UO1 -m get -n @n2', anyOrder),
    step(`!routes n1,n2 UO1 ${all}`),
    step('!joinOrderly UOG UO1 2'),
    step(`!shared UOG UO1 ${all}`),
    step('!every UOP UO1'),
    step('!every UOP UO1'),
    step(`!seen UOG UO1 ${all}`),
    step('!ask kill broker-b'),
    step(`!routes n1,n2 UO1 ${others}`),
    step('topicRoute -t UO1 -n @n2', { keep: /orderTopicConf/, ...anyOrder }),
    step('!every UOP UO1'),
    step(`!seen UOG UO1 ${others}`),
    step('!ask start broker-b'),
    step(`!routes n1,n2 UO1 ${all}`),
    step('!every UOP UO1'),
    step(`!shared UOG UO1 ${all}`),
    step(`!seen UOG UO1 ${all}`),
    step('!order UOG'),
    step('updateOrderConf -t UO1 -m delete', unordered),
    step('updateNamesrvConfig -k orderMessageEnable -v false', unordered),
  ],
}
