import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Consumers that ask. */
final class PullScenarios {
  private PullScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("pull-consumer", PullScenarios::pull);
    known.put("pull-block", PullScenarios::block);
    known.put("lite-pull-subscribe", PullScenarios::liteSubscribe);
    known.put("lite-pull-assign", PullScenarios::liteAssign);
  }

  static String offsetId(MessageExt message) {
    return message instanceof MessageClientExt ? ((MessageClientExt) message).getOffsetMsgId() : message.getMsgId();
  }

  static List<MessageQueue> sorted(Iterable<MessageQueue> queues) {
    List<MessageQueue> list = new ArrayList<>();
    queues.forEach(list::add);
    list.sort(Comparator.comparingInt(MessageQueue::getQueueId));
    return list;
  }

  private static String describe(PullResult result) {
    int found = result.getMsgFoundList() == null ? 0 : result.getMsgFoundList().size();
    return result.getPullStatus() + " " + found + " next " + result.getNextBeginOffset() + " min " + result.getMinOffset() + " max " + result.getMaxOffset();
  }

  private static void pull(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 3);
    DefaultMQProducer producer = context.producer();
    List<MessageQueue> published = sorted(producer.fetchPublishMessageQueues(topic));
    for (int i = 0; i < 100; i++) {
      producer.send(SendScenarios.message(topic, i), published.get(1));
    }
    DefaultMQPullConsumer consumer = context.pullConsumer(context.group());
    List<MessageQueue> queues = sorted(consumer.fetchSubscribeMessageQueues(topic));
    context.facts.put("queues", queues.size());
    MessageQueue queue = queues.get(1);
    context.facts.put("first", describe(consumer.pull(queue, "*", 0, 10)));
    context.facts.put("batchOf32", describe(consumer.pull(queue, "*", 10, 32)));
    context.facts.put("batchOf100", describe(consumer.pull(queue, "*", 0, 100)));
    context.facts.put("last", describe(consumer.pull(queue, "*", 99, 32)));
    context.facts.put("atEnd", describe(consumer.pull(queue, "*", 100, 32)));
    context.facts.put("beyondEnd", describe(consumer.pull(queue, "*", 101, 32)));
    context.facts.put("farBeyondEnd", describe(consumer.pull(queue, "*", 100_000, 32)));
    context.facts.put("emptyQueue", describe(consumer.pull(queues.get(2), "*", 0, 32)));
    context.facts.put("emptyQueueBeyond", describe(consumer.pull(queues.get(2), "*", 7, 32)));
    context.facts.put("byTag", describe(consumer.pull(queue, "Tag1", 0, 32)));
    context.facts.put("byAbsentTag", describe(consumer.pull(queue, "TagX", 0, 32)));
    context.facts.put("noOffsetYet", consumer.fetchConsumeOffset(queue, true));
    consumer.updateConsumeOffset(queue, 42);
    consumer.getDefaultMQPullConsumerImpl().getOffsetStore().persist(queue);
    consumer.getDefaultMQPullConsumerImpl().getOffsetStore().updateConsumeOffsetToBroker(queue, 42, false);
    DefaultMQPullConsumer other = context.pullConsumer(context.group());
    context.facts.put("offsetOfAnotherClient", other.fetchConsumeOffset(queue, true));
    context.facts.put("offsetOfAnotherQueue", other.fetchConsumeOffset(queues.get(2), true));
  }

  /** A pull at the end of a queue is held, and answered when something arrives. */
  private static void block(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    DefaultMQPullConsumer consumer = context.pullConsumer(context.group());
    MessageQueue queue = sorted(consumer.fetchSubscribeMessageQueues(topic)).get(0);
    long offset = consumer.maxOffset(queue);
    for (String expression : new String[] {"*", "Tag1"}) {
      long[] sentAt = new long[1];
      Thread sender = new Thread(() -> {
        try {
          // The pull is waiting by then, on a busy machine too.
          Thread.sleep(3_000);
          producer.send(SendScenarios.message(topic, 0), queue);
          Thread.sleep(200);
          sentAt[0] = System.nanoTime();
          producer.send(SendScenarios.message(topic, 1), queue);
        } catch (Exception failure) {
          System.err.println("send failed: " + failure);
        }
      });
      sender.start();
      PullResult result = consumer.pullBlockIfNotFound(queue, expression, offset, 32);
      long waitedMs = GroupScenarios.elapsedMs(sentAt[0]);
      sender.join();
      context.facts.put(expression, result.getPullStatus() + " " + (result.getMsgFoundList() == null ? "" : result.getMsgFoundList().get(0).getKeys()));
      if (expression.equals("Tag1")) {
        context.measurements.put("answeredMs", waitedMs);
      }
      offset = consumer.maxOffset(queue);
    }
  }

  private static DefaultLitePullConsumer lite(Context context, String group) {
    DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(group);
    context.prepare(consumer);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setAutoCommit(false);
    context.own(consumer::shutdown);
    return consumer;
  }

  private static void poll(DefaultLitePullConsumer consumer, Ledger ledger) throws InterruptedException {
    Context.within(75_000, () -> {
      for (MessageExt message : consumer.poll(100)) {
        if (!Context.isSeed(message)) {
          ledger.seen(message.getKeys());
        }
      }
      return ledger.complete();
    });
  }

  private static void liteSubscribe(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    for (int life = 0; life < 2; life++) {
      Ledger ledger = new Ledger();
      PushScenarios.sendSome(producer, topic, life * 100, life * 100 + 100, ledger);
      DefaultLitePullConsumer consumer = lite(context, context.group());
      consumer.subscribe(topic, "*");
      consumer.start();
      poll(consumer, ledger);
      Consumers.commit(context, topic, 4, consumer::commitSync);
      consumer.shutdown();
      ledger.report(context.facts, life + ".");
      context.facts.put(life + ".duplicates", ledger.duplicates());
    }
  }

  private static void liteAssign(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer producer = context.producer();
    List<MessageQueue> published = sorted(producer.fetchPublishMessageQueues(topic));
    Ledger all = new Ledger();
    for (int i = 0; i < 100; i++) {
      producer.send(SendScenarios.message(topic, i), published.get(1));
      all.sent("k" + i);
    }
    DefaultLitePullConsumer consumer = lite(context, context.group());
    consumer.start();
    MessageQueue queue = sorted(consumer.fetchMessageQueues(topic)).get(1);
    consumer.assign(List.of(queue));
    // The client hands out what a pull brings that was under way when it was told to seek; at the end of the queue no pull brings anything.
    poll(consumer, all);
    all.report(context.facts, "all.");
    context.facts.put("all.duplicates", all.duplicates());
    Ledger fromSeek = new Ledger();
    for (int i = 60; i < 100; i++) {
      fromSeek.sent("k" + i);
    }
    consumer.seek(queue, 60);
    poll(consumer, fromSeek);
    fromSeek.report(context.facts, "");
    context.facts.put("duplicates", fromSeek.duplicates());
    Ledger again = new Ledger();
    again.sent("k0");
    consumer.seekToBegin(queue);
    poll(consumer, again);
    context.facts.put("fromBeginning", again.complete());
    context.facts.put("offsetForTimestamp", consumer.offsetForTimestamp(queue, 0L));
  }
}
