import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.QueueData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What NameServers say of topics: of all of them, and of each. */
final class ClusterRoutes implements AutoCloseable {
  private final String namesrv;
  private final Map<String, String> names;
  /** By what they have as NameServer address: a client takes seconds to shut down, so they stay. */
  private final Map<String, DefaultMQAdminExt> admins = new HashMap<>();

  /** `names`: what stands for names like `@n1`. */
  ClusterRoutes(String namesrv, Map<String, String> names) {
    this.namesrv = namesrv;
    this.names = names;
  }

  /** The queues to read that these brokers have, as the clients' NameServers say. */
  Set<MessageQueue> queuesOf(String topic, List<String> brokers) {
    Set<MessageQueue> queues = new TreeSet<>();
    try {
      for (QueueData data : admin().examineTopicRouteInfo(topic).getQueueDatas()) {
        for (int id = 0; id < data.getReadQueueNums() && brokers.contains(data.getBrokerName()); id++) {
          queues.add(new MessageQueue(topic, data.getBrokerName(), id));
        }
      }
    } catch (Exception notYet) {
      System.err.println("no queues of " + topic + " yet: " + notYet);
    }
    return queues;
  }

  /** One that asks the NameServers of the clients. */
  DefaultMQAdminExt admin() throws Exception {
    return admin(namesrv);
  }

  private DefaultMQAdminExt admin(String address) throws Exception {
    DefaultMQAdminExt admin = admins.get(address);
    if (admin == null) {
      admin = new DefaultMQAdminExt();
      ClusterClients.prepare(admin, address, "cluster" + System.nanoTime());
      admin.start();
      admins.put(address, admin);
    }
    return admin;
  }

  /** Waits until the route of each NameServer has these brokers and no other. */
  String routes(List<String> nameServers, String topic, List<String> brokers) throws Exception {
    StringBuilder outcome = new StringBuilder();
    for (String nameServer : nameServers) {
      DefaultMQAdminExt admin = admin(names.get("@" + nameServer));
      Set<String> found = new TreeSet<>();
      ClusterClients.within(ClusterClients.PATIENCE_MS, () -> {
        found.clear();
        found.addAll(brokersOf(admin, topic));
        return found.equals(new TreeSet<>(brokers));
      });
      outcome.append(nameServer).append(' ').append(found).append('\n');
    }
    return outcome.toString();
  }

  private static Set<String> brokersOf(DefaultMQAdminExt admin, String topic) {
    Set<String> brokers = new TreeSet<>();
    try {
      TopicRouteData route = admin.examineTopicRouteInfo(topic);
      route.getBrokerDatas().stream().map(BrokerData::getBrokerName).forEach(brokers::add);
    } catch (Exception notYet) {
      System.err.println("no route of " + topic + " yet: " + notYet);
    }
    return brokers;
  }

  @Override
  public void close() {
    admins.values().forEach(DefaultMQAdminExt::shutdown);
  }
}
