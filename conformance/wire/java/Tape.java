import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Tells the tee what is about to happen, so that frames get the name of their case. */
final class Tape {
    private final BufferedReader in;
    private final PrintWriter out;

    Tape(int port) throws Exception {
        Socket socket = new Socket("127.0.0.1", port);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** From now on keep frames of these request codes ("11" one, "11*3" three of them) under this name. */
    void mark(String name, String codes, String note) throws Exception {
        out.println(name + "\t" + codes + "\t" + note);
        if (!"ok".equals(in.readLine())) {
            throw new IllegalStateException("the tee did not take the mark " + name);
        }
    }
}
