import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.rocketmq.client.exception.MQBrokerException;

/** The answers of a broker that has no time, as clients see them: threads note what they were refused with. */
final class BusyRefusals {
  private static final String FLOW_CONTROL = "busy, start flow control for a while";
  private final Set<String> thrown = Collections.synchronizedSet(new TreeSet<>());
  private final Set<Integer> codes = Collections.synchronizedSet(new TreeSet<>());
  /** By the word in brackets that a remark begins with. */
  private final Map<String, String> remarks = new ConcurrentSkipListMap<>();
  private volatile boolean allSayBusy = true;

  /** What is no answer of the broker is noted by its name, so that it shows among the facts. */
  void note(Throwable failure) {
    Throwable cause = failure;
    while (!(cause instanceof MQBrokerException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    thrown.add(failure.getClass().getSimpleName() + (cause == failure ? "" : " of " + cause.getClass().getSimpleName()));
    if (cause instanceof MQBrokerException) {
      MQBrokerException refused = (MQBrokerException) cause;
      String remark = String.valueOf(refused.getErrorMessage());
      codes.add(refused.getResponseCode());
      allSayBusy &= remark.contains(FLOW_CONTROL);
      if (remarks.putIfAbsent(remark.replaceAll("(?<=\\]).*", ""), remark) == null) {
        System.err.println("refused: " + refused.getResponseCode() + " " + remark);
      }
    }
  }

  boolean any() {
    return !codes.isEmpty();
  }

  boolean any(String kind) {
    return remarks.containsKey(kind);
  }

  /** What callers are thrown, by name. */
  List<String> thrown() {
    return List.copyOf(thrown);
  }

  /** `setting`: what a remark may name as the limit. */
  void report(Map<String, Object> facts, String prefix, String... setting) {
    facts.put(prefix + "codes", List.copyOf(codes));
    facts.put(prefix + "allSayBusy", allSayBusy);
    facts.put(prefix + "namesLimit", remarks.values().stream().anyMatch(remark -> List.of(setting).stream().anyMatch(remark::contains)));
  }
}
