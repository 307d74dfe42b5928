import { encodeTopicRoute } from '@cometmq/protocol/bodies'
import { type RouteRules, routeOf } from './routing/route-query.ts'
import type { RouteTable } from './routing/route-table.ts'
import { withinZone } from './routing/zone-filter.ts'

/** What answers may take in memory together; beyond it they are forgotten and encoded anew when they are asked for. */
const maxCachedBytes = 64 * 1024 * 1024

export interface RouteQuestion {
  readonly topic: string
  /** Integer keys in quotes, as JSON wants them; clients before 4.9.4 know the other form. */
  readonly standardJson: boolean
  /** Only the brokers of this zone. */
  readonly zoneName: string | undefined
}

/** What `order-topic` configuration says of a topic; `revision` grows when any of it changes. */
export interface OrderTopics {
  readonly revision: number
  orderConfigOf(topic: string): string | undefined
}

/**
 * Answers to route queries, as bytes. Ten thousand clients ask for the same few topics every 30 s and brokers seldom change anything, so each
 * answer is encoded once and kept until the table, the order configuration or the rules change.
 */
export class RouteAnswers {
  readonly #table: RouteTable
  readonly #orderTopics: OrderTopics
  readonly #rules: () => RouteRules & { readonly orderMessageEnable: boolean }
  readonly #cached = new Map<string, Buffer>()
  #cachedBytes = 0
  #cachedFor = ''

  constructor(
    table: RouteTable,
    orderTopics: OrderTopics,
    rules: () => RouteRules & { readonly orderMessageEnable: boolean },
  ) {
    this.#table = table
    this.#orderTopics = orderTopics
    this.#rules = rules
  }

  /** `undefined` when there is no route. */
  answer(question: RouteQuestion): Buffer | undefined {
    this.#forgetOutdated()
    const key = `${question.standardJson ? 's' : 'd'}${question.zoneName?.toLowerCase() ?? ''}\n${question.topic}`
    const cached = this.#cached.get(key)
    if (cached !== undefined) return cached
    const answer = this.#encode(question)
    if (answer !== undefined) this.#keep(key, answer)
    return answer
  }

  #encode({ topic, standardJson, zoneName }: RouteQuestion): Buffer | undefined {
    const rules = this.#rules()
    const found = routeOf(this.#table, topic, rules)
    if (found === undefined) return undefined
    const orderTopicConf = rules.orderMessageEnable ? this.#orderTopics.orderConfigOf(topic) : undefined
    const route = orderTopicConf === undefined ? found : { ...found, orderTopicConf }
    return encodeTopicRoute(zoneName === undefined ? route : withinZone(route, zoneName), { standardJson })
  }

  #forgetOutdated(): void {
    const { supportActingMaster, orderMessageEnable } = this.#rules()
    const current = `${this.#table.revision} ${this.#orderTopics.revision} ${supportActingMaster} ${orderMessageEnable}`
    if (current !== this.#cachedFor) this.#forget()
    this.#cachedFor = current
  }

  #keep(key: string, answer: Buffer): void {
    if (this.#cachedBytes + answer.length > maxCachedBytes) this.#forget()
    this.#cached.set(key, answer)
    this.#cachedBytes += answer.length
  }

  #forget(): void {
    this.#cached.clear()
    this.#cachedBytes = 0
  }
}
