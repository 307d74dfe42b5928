import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Options;
import org.apache.rocketmq.srvutil.ServerUtil;
import org.apache.rocketmq.tools.command.MQAdminStartup;
import org.apache.rocketmq.tools.command.SubCommand;

/**
 * Admin NAMESRV: reads steps from standard input to an empty line, a line each, parts separated by tabs, the first of them the scenario. Scenarios run side by side, because
 * most of a command's time is spent in waiting for the threads of its client to end. Each step is answered with one JSON line: what mqadmin printed.
 * A step is a sub-command of mqadmin with its arguments; or, with a leading `!`, something that clients do; or `!ask`, a request to who has started this program: it is
 * printed, and the next line of standard input says what came of it. Standard output carries nothing else.
 */
public final class Admin {
  /** Commands name their clients by the clock, in milliseconds: two of one name would be one. */
  private static final long APART_MS = 50;
  private static final String NAMESRV = "rocketmq.namesrv.addr";
  private static final String SAME_NAME = "has created already";

  private static final InheritableThreadLocal<PrintStream> printedHere = new InheritableThreadLocal<>();
  private static PrintStream answers;
  private static List<?> commands;
  private static BufferedReader lines;

  public static void main(String[] args) throws Exception {
    answers = new PrintStream(System.out, true, "UTF-8");
    System.setOut(new PrintStream(new Switch(System.err), true, "UTF-8"));
    System.setErr(new PrintStream(new Switch(System.err), true, "UTF-8"));
    System.setProperty(NAMESRV, args[0]);
    MQAdminStartup.initCommand();
    Field field = MQAdminStartup.class.getDeclaredField("SUB_COMMANDS");
    field.setAccessible(true);
    commands = (List<?>) field.get(null);

    Map<String, List<String[]>> scenarios = new LinkedHashMap<>();
    lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
      String[] parts = line.split("\t", -1);
      String[] step = java.util.Arrays.copyOfRange(parts, 1, parts.length);
      scenarios.computeIfAbsent(parts[0], any -> new ArrayList<>()).add(step);
    }
    List<Thread> running = new ArrayList<>();
    scenarios.forEach((name, steps) -> {
      Thread thread = new Thread(() -> run(name, args[0], steps), name);
      thread.start();
      running.add(thread);
    });
    for (Thread thread : running) {
      thread.join();
    }
    // Threads of clients that outlive their shutdown must not keep the JVM.
    Runtime.getRuntime().halt(0);
  }

  private static void run(String scenario, String namesrv, List<String[]> steps) {
    long start = System.nanoTime();
    String error = null;
    try (Clients clients = new Clients(namesrv)) {
      for (int i = 0; i < steps.size(); i++) {
        String[] step = steps.get(i);
        long begin = System.nanoTime();
        answer(scenario, "\"step\":" + i + ",\"text\":" + quoted(outcome(scenario, clients, step)));
        System.err.println(scenario + ": " + (System.nanoTime() - begin) / 1_000_000 + " ms for " + String.join(" ", step));
      }
    } catch (Exception failure) {
      failure.printStackTrace();
      error = failure.toString();
    }
    long tookMs = (System.nanoTime() - start) / 1_000_000;
    answer(scenario, "\"tookMs\":" + tookMs + ",\"error\":" + (error == null ? "null" : quoted(error)));
  }

  private static String outcome(String scenario, Clients clients, String[] step) throws Exception {
    if (step[0].equals("!ask")) {
      return asked(scenario, String.join(" ", java.util.Arrays.copyOfRange(step, 1, step.length)));
    }
    return step[0].startsWith("!") ? clients.act(step) : printedBy(clients.filled(step));
  }

  /** One at a time, so that the answer is to this request. */
  private static synchronized String asked(String scenario, String request) throws Exception {
    answer(scenario, "\"ask\":" + quoted(request));
    String line = lines.readLine();
    if (!"done".equals(line)) {
      throw new IllegalStateException(request + ": " + line);
    }
    return line;
  }

  private static void answer(String scenario, String members) {
    answers.println("{\"scenario\":" + quoted(scenario) + "," + members + "}");
  }

  private static String printedBy(String[] step) throws Exception {
    String text = printedOnceBy(step);
    // It has done nothing yet.
    return text.contains(SAME_NAME) ? printedOnceBy(step) : text;
  }

  private static String printedOnceBy(String[] step) throws Exception {
    SubCommand command = fresh(step[0]);
    Options options = command.buildCommandlineOptions(ServerUtil.buildCommandlineOptions(new Options()));
    String[] args = java.util.Arrays.copyOfRange(step, 1, step.length);
    CommandLine line = new DefaultParser().parse(options, args);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    printedHere.set(new PrintStream(printed, true, "UTF-8"));
    String usual = System.getProperty(NAMESRV);
    try {
      keepApart();
      if (line.hasOption('n')) {
        // As mqadmin itself does with this option. It is for all threads: only where one scenario runs alone may steps have it.
        System.setProperty(NAMESRV, line.getOptionValue('n'));
      }
      command.execute(line, options, null);
    } catch (Exception refused) {
      refused.printStackTrace();
    } finally {
      if (line.hasOption('n')) {
        System.setProperty(NAMESRV, usual);
      }
      printedHere.remove();
    }
    return printed.toString("UTF-8");
  }

  /** An object of its own, because some keep what they work with. */
  private static SubCommand fresh(String name) throws Exception {
    for (Object one : commands) {
      SubCommand command = (SubCommand) one;
      if (command.commandName().equals(name)) {
        return command.getClass().getDeclaredConstructor().newInstance();
      }
    }
    throw new IllegalArgumentException("mqadmin has no command " + name);
  }

  private static synchronized void keepApart() throws InterruptedException {
    Thread.sleep(APART_MS);
  }

  static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  /** What a command prints goes to its step, everything else to where it went before. */
  private static final class Switch extends OutputStream {
    private final PrintStream otherwise;

    Switch(PrintStream otherwise) {
      this.otherwise = otherwise;
    }

    @Override
    public void write(int one) {
      target().write(one);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      target().write(bytes, offset, length);
    }

    private PrintStream target() {
      PrintStream here = printedHere.get();
      return here == null ? otherwise : here;
    }
  }
}
