import type { Scenario } from '../scenario.ts'

export const otherLanguages: readonly Scenario[] = [
  { name: 'ali-ons-send', title: 'npm ali-ons: producer', area: 'other languages', client: 'ali-ons' },
  { name: 'ali-ons-push', title: 'npm ali-ons: push consumer', area: 'other languages', client: 'ali-ons' },
  { name: 'ali-ons-tags', title: 'npm ali-ons: push consumer with tags', area: 'other languages', client: 'ali-ons' },
]
