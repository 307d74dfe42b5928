import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Who has started this program, and has the servers in hand: a request is printed as a line with a leading `!`, and the next line of standard input says what came of it. */
final class Rig {
  private static PrintStream out;
  private static BufferedReader in;

  private Rig() {}

  static void talksTo(PrintStream requests, InputStream answers) {
    out = requests;
    in = new BufferedReader(new InputStreamReader(answers, StandardCharsets.UTF_8));
  }

  /** Returns when it is done. One at a time, so that the answer is to this request. */
  static synchronized void ask(String request) throws Exception {
    out.println("!" + request);
    out.flush();
    String line = in.readLine();
    if (!"done".equals(line)) {
      throw new IllegalStateException(request + ": " + line);
    }
  }
}
