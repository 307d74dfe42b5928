import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** Clients of several brokers, some of which are killed. Every acknowledged message is noted with its broker; every group notes what it has seen. */
final class ClusterClients implements AutoCloseable {
  /** Below the 120 s after which a NameServer gives up a silent broker: it must notice sooner, by the connection. */
  static final long PATIENCE_MS = 90_000;
  /** How soon clients learn of a change; half a minute unless set. */
  private static final int ROUTE_PERIOD_MS = 1_000;
  private static final long STEADY_MS = 20;
  /** Looking more often would only keep the brokers busy. */
  private static final long LOOK_MS = 200;

  interface Condition {
    boolean holds() throws Exception;
  }

  private final String namesrv;
  private final ClusterRoutes routes;
  private final Map<String, DefaultMQProducer> producers = new ConcurrentHashMap<>();
  private final Map<String, ClusterGroup> groups = new HashMap<>();
  /** By topic and broker: the keys that were acknowledged. */
  private final Map<String, Map<String, Set<String>>> acknowledged = new ConcurrentHashMap<>();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicBoolean stop = new AtomicBoolean();
  private Thread steady;

  /** `names`: what stands for names like `@n1`. */
  ClusterClients(String namesrv, Map<String, String> names) {
    this.namesrv = namesrv;
    routes = new ClusterRoutes(namesrv, names);
  }

  String act(String[] parts) throws Exception {
    switch (parts[0]) {
      case "!scatter":
        return scatter(parts[1], parts[2], Integer.parseInt(parts[3]));
      case "!steady":
        return sendSteadily(parts[1], parts[2]);
      case "!acknowledged":
        return acknowledged(parts[1], list(parts[2]), Integer.parseInt(parts[3]));
      case "!steadyEnds":
        return endSteady();
      case "!every":
        return toEveryQueue(parts[1], parts[2]);
      case "!join":
        return join(parts[1], parts[2], Integer.parseInt(parts[3]), false);
      case "!joinOrderly":
        return join(parts[1], parts[2], Integer.parseInt(parts[3]), true);
      case "!shared":
        return shared(parts[1], parts[2], list(parts[3]));
      case "!seen":
        return seen(parts[1], parts[2], list(parts[3]));
      case "!committed":
        return committed(parts[1], parts[2]);
      case "!order":
        return groups.get(parts[1]).order();
      case "!leave":
        groups.get(parts[1]).leave();
        return "";
      case "!routes":
        return routes.routes(list(parts[1]), parts[2], list(parts[3]));
      default:
        throw new IllegalArgumentException("no step " + parts[0]);
    }
  }

  private static List<String> list(String text) {
    return Arrays.asList(text.split(","));
  }

  static void prepare(ClientConfig client, String namesrv, String instance) {
    Clients.prepare(client, namesrv, instance);
    client.setPollNameServerInterval(ROUTE_PERIOD_MS);
  }

  static boolean within(long timeoutMs, Condition condition) throws Exception {
    long deadline = System.currentTimeMillis() + timeoutMs;
    while (!condition.holds()) {
      if (System.currentTimeMillis() > deadline) {
        return false;
      }
      Thread.sleep(LOOK_MS);
    }
    return true;
  }

  private DefaultMQProducer producer(String group) throws Exception {
    DefaultMQProducer producer = producers.get(group);
    if (producer == null) {
      producer = new DefaultMQProducer(group);
      prepare(producer, namesrv, group);
      producer.setSendMsgTimeout(Clients.API_TIMEOUT_MS);
      producer.start();
      producers.put(group, producer);
    }
    return producer;
  }

  private void send(DefaultMQProducer producer, String topic, MessageQueue queue) throws Exception {
    String key = "c" + sent.incrementAndGet();
    Message message = new Message(topic, "Tag", key, ("body " + key).getBytes());
    SendResult result = queue == null ? producer.send(message) : producer.send(message, queue);
    if (result.getSendStatus() != SendStatus.SEND_OK) {
      throw new IllegalStateException(key + " was answered with " + result.getSendStatus());
    }
    keys(topic, result.getMessageQueue().getBrokerName()).add(key);
  }

  private Set<String> keys(String topic, String broker) {
    return acknowledged.computeIfAbsent(topic, any -> new ConcurrentHashMap<>()).computeIfAbsent(broker, any -> ConcurrentHashMap.newKeySet());
  }

  /** Where the producer likes: how many went to which broker. */
  private String scatter(String group, String topic, int count) throws Exception {
    Map<String, Integer> before = counts(topic);
    for (int i = 0; i < count; i++) {
      send(producer(group), topic, null);
    }
    Map<String, Integer> after = counts(topic);
    before.forEach((broker, was) -> after.merge(broker, -was, Integer::sum));
    after.values().removeIf(more -> more == 0);
    return after.toString();
  }

  private Map<String, Integer> counts(String topic) {
    Map<String, Integer> counts = new TreeMap<>();
    acknowledged.getOrDefault(topic, Map.of()).forEach((broker, keys) -> counts.put(broker, keys.size()));
    return counts;
  }

  /** Sends one message after the other until it is ended, whatever happens to brokers. */
  private String sendSteadily(String group, String topic) throws Exception {
    DefaultMQProducer producer = producer(group);
    steady = new Thread(() -> {
      while (!stop.get()) {
        try {
          send(producer, topic, null);
          Thread.sleep(STEADY_MS);
        } catch (Exception failure) {
          failure.printStackTrace();
          refused.incrementAndGet();
        }
      }
    });
    steady.start();
    return "";
  }

  /** Waits until so many more are acknowledged by each of the brokers. */
  private String acknowledged(String topic, List<String> brokers, int more) throws Exception {
    Map<String, Integer> before = counts(topic);
    return within(PATIENCE_MS, () -> {
      Map<String, Integer> now = counts(topic);
      return brokers.stream().allMatch(broker -> now.getOrDefault(broker, 0) >= before.getOrDefault(broker, 0) + more);
    }) ? "by each" : "waited in vain; before " + before + ", now " + counts(topic);
  }

  private String endSteady() throws Exception {
    stop.set(true);
    steady.join();
    return refused.get() + " refused";
  }

  /** One message to every queue that the producer knows of; a queue whose broker is away refuses it, and it goes nowhere else. */
  private String toEveryQueue(String group, String topic) throws Exception {
    DefaultMQProducer producer = producer(group);
    Set<String> outcomes = new TreeSet<>();
    for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) {
      String outcome = "accepted";
      try {
        send(producer, topic, queue);
      } catch (Exception failure) {
        failure.printStackTrace();
        outcome = "refused";
      }
      outcomes.add(queue.getBrokerName() + " " + queue.getQueueId() + " " + outcome);
    }
    return String.join("\n", outcomes);
  }

  /** More members for a group. */
  private String join(String name, String topic, int count, boolean isOrderly) throws Exception {
    ClusterGroup group = groups.computeIfAbsent(name, any -> new ClusterGroup(name));
    for (int i = 0; i < count; i++) {
      group.join(topic, isOrderly, consumer -> prepare(consumer, namesrv, name + "-" + System.nanoTime()));
    }
    return "";
  }

  /** Waits until the members share out all queues of these brokers, evenly, none twice: how many each has. */
  private String shared(String name, String topic, List<String> brokers) throws Exception {
    ClusterGroup group = groups.get(name);
    List<Integer> numbers = new ArrayList<>();
    boolean isShared = within(PATIENCE_MS, () -> {
      numbers.clear();
      Set<MessageQueue> wanted = routes.queuesOf(topic, brokers);
      List<MessageQueue> owned = new ArrayList<>();
      for (DefaultMQPushConsumer member : group.members) {
        // Not only every 20 s.
        member.getDefaultMQPushConsumerImpl().getmQClientFactory().rebalanceImmediately();
        int before = owned.size();
        for (MessageQueue queue : member.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet()) {
          if (queue.getTopic().equals(topic)) {
            owned.add(queue);
          }
        }
        numbers.add(owned.size() - before);
      }
      Collections.sort(owned);
      Collections.sort(numbers);
      boolean isEven = numbers.get(numbers.size() - 1) - numbers.get(0) <= 1;
      return isEven && owned.equals(new ArrayList<>(wanted));
    });
    return (isShared ? "shared " : "not shared ") + numbers;
  }

  /** Waits until all brokers know that the group has consumed everything: offsets are sent a moment later, without an answer. */
  private String committed(String group, String topic) throws Exception {
    return within(PATIENCE_MS, () -> {
      groups.get(group).members.forEach(member -> member.getDefaultMQPushConsumerImpl().persistConsumerOffset());
      try {
        return routes.admin().examineConsumeStats(group, topic).computeTotalDiff() == 0;
      } catch (MQClientException | MQBrokerException notYet) {
        return false;
      }
    }) ? "all" : "not all";
  }

  /** Waits until the group has seen all that these brokers have acknowledged: how many it has not. */
  private String seen(String name, String topic, List<String> brokers) throws Exception {
    Set<String> missing = new TreeSet<>();
    within(PATIENCE_MS, () -> {
      missing.clear();
      brokers.forEach(broker -> missing.addAll(keys(topic, broker)));
      missing.removeAll(groups.get(name).seen);
      return missing.isEmpty();
    });
    return missing.size() + " lost";
  }

  @Override
  public void close() throws Exception {
    stop.set(true);
    if (steady != null) {
      steady.join();
    }
    groups.values().forEach(ClusterGroup::leave);
    producers.values().forEach(DefaultMQProducer::shutdown);
    routes.close();
  }
}
