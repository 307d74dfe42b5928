import type { Scenario } from '../scenario.ts'

export const errors: readonly Scenario[] = [
  {
    name: 'busy-sends',
    title:
      'More sends at once than the broker has room for: refused, sent again by the client, none lost and none twice',
    area: 'errors',
    client: 'java',
    server: 'tight',
    expected: { 'async.codes': [2], 'async.overload': true, lost: 0, strangers: 0, duplicates: 0 },
    promised: { 'async.namesLimit': true, 'sync.namesLimit': true },
  },
  {
    name: 'busy-pulls',
    title: 'More pulls at once than the broker has room for: refused, pulled again by the client, none lost',
    area: 'errors',
    client: 'java',
    server: 'tight',
    expected: { codes: [2], overload: true, someFound: true },
    promised: { namesLimit: true },
  },
  {
    name: 'busy-disk',
    title: 'Writes that take longer than `osPageCacheBusyTimeOutMills`: further sends are refused, and none is lost',
    area: 'errors',
    client: 'java',
    server: 'tight',
    expected: { codes: [2], allSayBusy: true, lost: 0, strangers: 0, duplicates: 0 },
    promised: { namesLimit: true },
  },
  { name: 'refused-sends', title: 'Sends that are refused, with the same codes', area: 'errors', client: 'java' },
  { name: 'refused-pulls', title: 'Pulls that are refused, with the same codes', area: 'errors', client: 'java' },
  {
    name: 'refused-questions',
    title: 'Other requests that are refused, with the same codes',
    area: 'errors',
    client: 'java',
  },
]
