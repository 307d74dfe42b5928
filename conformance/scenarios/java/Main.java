import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Main NAMESRV CLIENT PARALLEL SCENARIO...: runs the scenarios, so many side by side, and prints one JSON line for each result.
 * Standard output carries nothing else: what the client prints goes to standard error.
 */
public final class Main {
  private static final long SCENARIO_TIMEOUT_S = 360;

  public static void main(String[] args) throws Exception {
    PrintStream results = System.out;
    System.setOut(System.err);
    Rig.talksTo(results, System.in);
    Map<String, Scenario> known = new LinkedHashMap<>();
    SendScenarios.register(known);
    ContentScenarios.register(known);
    PushScenarios.register(known);
    GroupScenarios.register(known);
    OrderlyScenarios.register(known);
    PullScenarios.register(known);
    OffsetScenarios.register(known);
    QueryScenarios.register(known);
    RefusalScenarios.register(known);
    TransactionScenarios.register(known);
    ReplyScenarios.register(known);
    TraceScenarios.register(known);
    TimerScenarios.register(known);
    TimerFigureScenarios.register(known);
    DelayScenarios.register(known);
    PopScenarios.register(known);
    PopCrashScenarios.register(known);
    BusyScenarios.register(known);
    RuleScenarios.register(known);
    PriorityScenarios.register(known);
    TimingScenarios.register(known);

    ExecutorService starters = Executors.newFixedThreadPool(Integer.parseInt(args[2]));
    List<Future<?>> running = new ArrayList<>();
    for (String name : Arrays.asList(args).subList(3, args.length)) {
      Scenario scenario = known.get(name);
      if (scenario == null) {
        throw new IllegalArgumentException("no scenario " + name + "; known: " + known.keySet());
      }
      running.add(starters.submit(() -> results.println(Json.write(run(name, scenario, args[0], args[1])))));
    }
    for (Future<?> one : running) {
      one.get();
    }
    results.flush();
    // Client threads that outlive their shutdown must not keep the JVM.
    Runtime.getRuntime().halt(0);
  }

  private static Map<String, Object> run(String name, Scenario scenario, String namesrv, String client) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("scenario", name);
    long start = System.nanoTime();
    Context context = new Context(namesrv, name, client);
    ExecutorService worker = Executors.newSingleThreadExecutor();
    Object error = null;
    try {
      worker.submit(() -> {
        scenario.run(context);
        return null;
      }).get(SCENARIO_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      error = "not finished after " + SCENARIO_TIMEOUT_S + " s";
    } catch (Exception failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      cause.printStackTrace();
      error = cause.toString();
    }
    worker.shutdownNow();
    context.close();
    result.put("error", error);
    result.put("facts", new LinkedHashMap<>(context.facts));
    result.put("measurements", new LinkedHashMap<>(context.measurements));
    result.put("tookMs", (System.nanoTime() - start) / 1_000_000);
    return result;
  }
}
