import java.util.Map;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.body.BrokerStatsData;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** Clients that live for one step: each is made, does one thing and is shut down. */
final class PassingClients {
  private final String namesrv;
  private final Map<String, String> names;

  /** `names`: what stands for names like `@broker`. */
  PassingClients(String namesrv, Map<String, String> names) {
    this.namesrv = namesrv;
    this.names = names;
  }

  /** When the message at that offset was stored. */
  long storedAt(MessageQueue queue, long offset) throws Exception {
    DefaultMQPullConsumer consumer = startedConsumer("stored");
    try {
      return consumer.pull(queue, "*", offset, 1).getMsgFoundList().get(0).getStoreTimestamp();
    } finally {
      consumer.shutdown();
    }
  }

  /** Reads so many messages of the first queue, from its beginning, and has the broker note that it came so far. */
  String behind(String group, String topic, int count) throws Exception {
    DefaultMQPullConsumer consumer = startedConsumer(group);
    try {
      MessageQueue queue = new MessageQueue(topic, "broker-a", 0);
      int found = consumer.pull(queue, "*", 0, count).getMsgFoundList().size();
      consumer.getDefaultMQPullConsumerImpl().getOffsetStore().updateConsumeOffsetToBroker(queue, count, false);
      // Makes the group's retry topic, whose route says where the group's brokers are. By itself the client sends the first one after a second, when this may be over.
      MQClientInstance client = consumer.getDefaultMQPullConsumerImpl().getRebalanceImpl().getmQClientFactory();
      client.sendHeartbeatToAllBrokerWithLock();
      awaitRoute(client, "%RETRY%" + group);
      return found + " pulled";
    } finally {
      consumer.shutdown();
    }
  }

  private void awaitRoute(MQClientInstance client, String topic) throws Exception {
    long deadline = System.currentTimeMillis() + Clients.PATIENCE_MS;
    while (true) {
      try {
        client.getMQClientAPIImpl().getTopicRouteInfoFromNameServer(topic, Clients.API_TIMEOUT_MS);
        return;
      } catch (MQClientException unknown) {
        if (System.currentTimeMillis() > deadline) {
          throw unknown;
        }
        Thread.sleep(20);
      }
    }
  }

  /** How far behind the end of the log, or of now, what the group has read last of the first queue was: whether the broker tells. */
  String fallen(String stats, String topic, String group) throws Exception {
    DefaultMQAdminExt admin = new DefaultMQAdminExt();
    Clients.prepare(admin, namesrv, "fallen" + System.nanoTime());
    admin.start();
    try {
      BrokerStatsData data = admin.viewBrokerStatsData(names.get("@broker"), stats, "0@" + topic + "@" + group);
      return data.getStatsMinute().getSum() > 0 ? "behind" : "not behind";
    } catch (MQClientException refused) {
      return "refused with " + refused.getResponseCode();
    } finally {
      admin.shutdown();
    }
  }

  /** Waits until the broker's statistics have so many messages sent to the topic, and read by the group: they are made every 10 s. */
  String counted(String topic, String group, int wanted) throws Exception {
    DefaultMQAdminExt admin = new DefaultMQAdminExt();
    Clients.prepare(admin, namesrv, "counted" + System.nanoTime());
    admin.start();
    long deadline = System.currentTimeMillis() + Clients.PATIENCE_MS;
    try {
      while (System.currentTimeMillis() < deadline) {
        if (sum(admin, "TOPIC_PUT_NUMS", topic) == wanted && sum(admin, "GROUP_GET_NUMS", topic + "@" + group) == wanted) {
          return "counted";
        }
        Thread.sleep(200);
      }
      return "not counted";
    } finally {
      admin.shutdown();
    }
  }

  private long sum(DefaultMQAdminExt admin, String name, String key) throws Exception {
    try {
      BrokerStatsData data = admin.viewBrokerStatsData(names.get("@broker"), name, key);
      return data.getStatsMinute().getSum();
    } catch (MQClientException notYet) {
      return 0;
    }
  }

  /** The queues of a strictly ordered topic are those of its configuration, also of a broker that is away: what is sent there is refused, and goes nowhere else. */
  String ordered(String topic) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer("AEP");
    producer.setNamesrvAddr(namesrv);
    producer.setInstanceName("AEP" + System.nanoTime());
    producer.setSendMsgTimeout(10_000);
    producer.start();
    StringBuilder outcomes = new StringBuilder();
    try {
      for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) {
        outcomes.append(queue.getBrokerName()).append(' ').append(queue.getQueueId()).append(' ');
        try {
          SendResult result = producer.send(new Message(topic, "Tag", "key", "ordered".getBytes()), queue);
          outcomes.append(result.getSendStatus()).append('\n');
        } catch (MQClientException refused) {
          outcomes.append(refused.getClass().getSimpleName()).append('\n');
        }
      }
      return outcomes.toString();
    } finally {
      producer.shutdown();
    }
  }

  /** A new producer sends so many messages where it likes: to which queues. */
  String spread(String topic, int count) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer("AYP");
    Clients.prepare(producer, namesrv, "AYP" + System.nanoTime());
    producer.setSendMsgTimeout(Clients.API_TIMEOUT_MS);
    producer.setRetryTimesWhenSendFailed(0);
    producer.start();
    TreeSet<Integer> queues = new TreeSet<>();
    try {
      for (int i = 0; i < count; i++) {
        queues.add(producer.send(new Message(topic, "Tag", "key", "spread".getBytes())).getMessageQueue().getQueueId());
      }
      return "to queues " + queues;
    } catch (MQClientException refused) {
      return "the client finds no queue: " + refused.getResponseCode();
    } finally {
      producer.shutdown();
    }
  }

  /** What a pull from a queue comes back with. */
  String pull(String group, String topic, int queueId) throws Exception {
    DefaultMQPullConsumer consumer = startedConsumer(group);
    try {
      return "pulled: " + consumer.pull(new MessageQueue(topic, "broker-a", queueId), "*", 0, 32).getPullStatus();
    } catch (MQBrokerException refused) {
      return "refused with " + refused.getResponseCode();
    } finally {
      consumer.shutdown();
    }
  }

  /** The caller shuts it down. */
  private DefaultMQPullConsumer startedConsumer(String group) throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(group);
    Clients.prepare(consumer, namesrv, group + System.nanoTime());
    consumer.start();
    return consumer;
  }
}
