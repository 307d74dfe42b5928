import { responseCode } from '@cometmq/protocol'
import type { TopicConfig } from '@cometmq/protocol/bodies'
import { deadLetterTopicOf, permission, retryTopicPrefix, systemTopics } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import { brokerLimits } from '../limits.ts'
import type { TopicTable } from './topic-table.ts'

const readWrite = permission.READ | permission.WRITE

/** How topics come to be without an administrator: by sending to them, by subscribing (retry topics), by failing (dead letters). */
export class TopicCreation {
  readonly #topics: TopicTable
  readonly #options: { readonly autoCreateTopic: boolean }
  /** A topic that is being created is not created twice, and does not count as there before it is durable. */
  readonly #underWay = new Map<string, Promise<TopicConfig>>()

  constructor(topics: TopicTable, options: { readonly autoCreateTopic: boolean }) {
    this.#topics = topics
    this.#options = options
  }

  /**
   * The topic that a message is sent to, created from the template that the sender names when it is missing.
   * Source: TopicConfigManager of Apache RocketMQ. @throws Refusal TOPIC_NOT_EXIST
   */
  forSend(name: string, template: string, queues: number): TopicConfig | Promise<TopicConfig> {
    return this.existing(name) ?? this.#create(name, () => this.#fromTemplate(name, template, queues))
  }

  forRetry(
    name: string,
    queues: number,
    settings: Partial<Pick<TopicConfig, 'topicSysFlag' | 'order'>> = {},
  ): TopicConfig | Promise<TopicConfig> {
    return this.existing(name) ?? this.#create(name, () => ({ ...plainTopic(name, queues), ...settings }))
  }

  forDeadLetters(group: string): TopicConfig | Promise<TopicConfig> {
    const name = deadLetterTopicOf(group)
    return this.existing(name) ?? this.#create(name, () => plainTopic(name, 1))
  }

  /** Where half messages go that nobody decides on. */
  forUnresolved(): TopicConfig | Promise<TopicConfig> {
    const name = systemTopics.TRANS_CHECK_MAX_TIME
    return this.existing(name) ?? this.#create(name, () => plainTopic(name, 1))
  }

  /** The topic when it is there; a promise while it is being created. */
  existing(name: string): TopicConfig | Promise<TopicConfig> | undefined {
    return this.#underWay.get(name) ?? this.#topics.get(name)
  }

  /** `topics.json` may still have the template of a time when topics were created by sending. */
  #template(name: string): TopicConfig | undefined {
    return name === systemTopics.AUTO_CREATE && !this.#options.autoCreateTopic ? undefined : this.#topics.get(name)
  }

  #fromTemplate(name: string, templateName: string, queues: number): TopicConfig {
    const template = this.#template(templateName)
    if (template !== undefined && (template.perm & permission.INHERIT) !== 0) {
      const count = Math.min(Math.max(queues, 0), template.writeQueueNums, brokerLimits.queuesPerTopic)
      return {
        ...plainTopic(name, count),
        perm: template.perm & ~permission.INHERIT,
        topicFilterType: template.topicFilterType,
      }
    }
    if (name.startsWith(retryTopicPrefix)) return plainTopic(name, 1)
    const reason =
      template === undefined
        ? `there is no template topic ${templateName} to create it from (autoCreateTopicEnable=false, or the sender names an unknown defaultTopic)`
        : `the template topic ${templateName} has no permission to be inherited from`
    throw new Refusal(
      responseCode.TOPIC_NOT_EXIST,
      `topic[${name}] not exist, apply first please! ${reason}; create the topic with an admin tool, or switch autoCreateTopicEnable on`,
    )
  }

  #create(name: string, make: () => TopicConfig): Promise<TopicConfig> {
    const creation = this.#put(make).finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, creation)
    return creation
  }

  async #put(make: () => TopicConfig): Promise<TopicConfig> {
    const topic = make()
    await this.#topics.put(topic)
    return topic
  }
}

function plainTopic(topicName: string, queues: number): TopicConfig {
  return {
    topicName,
    readQueueNums: queues,
    writeQueueNums: queues,
    perm: readWrite,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
  }
}
