import type { Scenario } from '../scenario.ts'

/** Titles by name; the steps are in `admin/steps.ts`. */
function commands(titles: Readonly<Record<string, string>>): Scenario[] {
  return Object.entries(titles).map(([name, title]) => ({ name, title, area: 'administration', client: 'mqadmin' }))
}

export const administration: readonly Scenario[] = [
  ...commands({
    'admin-topics': 'Topics made, changed with attributes, listed, ordered, deleted; what is refused',
    'admin-shrink': 'Queues to write and to read apart: from 16 to 8 without loss',
    'admin-permissions': 'Topics only to write, only to read; more queues to read than to write, and fewer of both',
    'admin-groups': 'Consumer groups made, changed with attributes and retry policy, deleted',
    'admin-clients': 'Who is connected, what consumers do, how far they are',
    'admin-offsets':
      'Offsets reset by time, to the millisecond, and by number, skipped, cloned; consumers connected and not',
    'admin-messages': 'Messages by id, key and offset, sent, read, given to one consumer',
    'admin-stats': 'How much was sent to a topic and read by its groups',
    'admin-slow': 'A group that has fallen behind: by how much, and what switches it off',
    'admin-trace': 'The trace of a message by its id',
    'admin-servers':
      'Cluster, broker and NameServer: state, options read and changed at run time; topics in strict order',
  }),
  {
    name: 'admin-static-topics',
    title: 'Static (logical) topics: refused, and nothing is left of them',
    area: 'administration',
    client: 'mqadmin',
    promised: {
      '01 updateStaticTopic -c DefaultCluster -t AL1 -qn 4': ['refused with 3: static (logical) topics '],
      '02 topicRoute -t AL1': ['refused with 17: No topic route info in n'],
    },
  },
]
