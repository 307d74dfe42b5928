import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Double-entry book-keeping of message keys: what was acknowledged, and how often each was seen. */
final class Ledger {
  private final Set<String> sent = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();

  void sent(String key) {
    sent.add(key);
  }

  /** Returns how often the key has now been seen. */
  int seen(String key) {
    return seen.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
  }

  boolean complete() {
    return lost() == 0;
  }

  long lost() {
    return sent.stream().filter(key -> !seen.containsKey(key)).count();
  }

  long strangers() {
    return seen.keySet().stream().filter(key -> !sent.contains(key)).count();
  }

  long duplicates() {
    return seen.values().stream().mapToLong(count -> count.get() - 1).sum();
  }

  long seenDistinct() {
    return seen.size();
  }

  /** Counts that every server must agree on; duplicates only where at-most-one delivery can be expected. */
  void report(Map<String, Object> facts, String prefix) {
    facts.put(prefix + "sent", sent.size());
    facts.put(prefix + "received", seenDistinct());
    facts.put(prefix + "lost", lost());
    facts.put(prefix + "strangers", strangers());
  }
}
