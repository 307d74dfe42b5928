import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.apache.rocketmq.filter.FilterFactory;
import org.apache.rocketmq.filter.expression.EvaluationContext;
import org.apache.rocketmq.filter.expression.Expression;

/**
 * Says what Apache RocketMQ makes of SQL92 expressions. Each line of input: the expression, then names and values of properties in turn, all base64 (`-` for an empty one), separated by blanks.
 * Each line of output: `error` (does not compile), `throws`, `null`, `true`, `false`, or `other` (a value that is no Boolean).
 */
public final class SqlOracle {
  public static void main(String[] args) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println(judge(line.split(" ")));
    }
  }

  private static String judge(String[] words) {
    Expression expression;
    try {
      expression = FilterFactory.INSTANCE.get("SQL92").compile(text(words[0]));
    } catch (Throwable refused) {
      return "error";
    }
    Map<String, Object> properties = new HashMap<>();
    for (int i = 1; i + 1 < words.length; i += 2) {
      properties.put(text(words[i]), text(words[i + 1]));
    }
    try {
      Object value = expression.evaluate(new Properties(properties));
      return value == null ? "null" : value instanceof Boolean ? value.toString() : "other";
    } catch (Throwable thrown) {
      return "throws";
    }
  }

  private static String text(String base64) {
    return base64.equals("-") ? "" : new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  private record Properties(Map<String, Object> values) implements EvaluationContext {
    @Override
    public Object get(String name) {
      return values.get(name);
    }

    @Override
    public Map<String, Object> keyValues() {
      return values;
    }
  }
}
