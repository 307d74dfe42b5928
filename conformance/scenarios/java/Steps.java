import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;

/** Steps NAME ARGUMENT... [-- NAME ARGUMENT...]...: runs one after the other what else would take a JVM each; what each prints ends with a line of two dashes. */
public final class Steps {
  private static final String END = "--";

  public static void main(String[] args) {
    PrintStream out = System.out;
    System.setOut(System.err);
    int code = 0;
    try {
      List<String> rest = Arrays.asList(args);
      while (!rest.isEmpty()) {
        int end = rest.contains(END) ? rest.indexOf(END) : rest.size();
        run(rest.get(0), rest.subList(1, end), out);
        out.println(END);
        rest = rest.subList(Math.min(end + 1, rest.size()), rest.size());
      }
    } catch (Exception failure) {
      failure.printStackTrace();
      code = 1;
    }
    out.flush();
    // Client threads that outlive their shutdown must not keep the JVM.
    Runtime.getRuntime().halt(code);
  }

  private static void run(String name, List<String> args, PrintStream out) throws Exception {
    switch (name) {
      case "Load":
        Load.run(args);
        break;
      case "Dump":
        Dump.run(args, out);
        break;
      default:
        throw new IllegalArgumentException("there is no step " + name);
    }
  }
}
