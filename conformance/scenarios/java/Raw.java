import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A bare connection that says what the client libraries would refuse to say, and returns the code of the answer. */
final class Raw implements AutoCloseable {
  private static final Pattern CODE = Pattern.compile("\"code\":(-?\\d+)");
  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private int opaque;
  private String answer = "";
  private byte[] body = {};

  Raw(String address) throws Exception {
    int colon = address.lastIndexOf(':');
    socket = new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    socket.setSoTimeout(30_000);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  int ask(int code, Map<String, ?> fields, byte[] body) throws Exception {
    Map<String, Object> texts = new LinkedHashMap<>();
    fields.forEach((name, value) -> texts.put(name, String.valueOf(value)));
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("code", code);
    header.put("language", "JAVA");
    header.put("version", 453);
    header.put("opaque", ++opaque);
    header.put("flag", 0);
    header.put("extFields", texts);
    byte[] text = Json.write(header).getBytes(StandardCharsets.UTF_8);
    out.writeInt(4 + text.length + body.length);
    out.writeInt(text.length);
    out.write(text);
    out.write(body);
    out.flush();
    byte[] frame = new byte[in.readInt()];
    in.readFully(frame);
    int headerLength = (frame[1] & 0xff) << 16 | (frame[2] & 0xff) << 8 | frame[3] & 0xff;
    if (frame[0] != 0) {
      throw new IllegalStateException("a JSON request was answered with serialization type " + frame[0]);
    }
    answer = new String(frame, 4, headerLength, StandardCharsets.UTF_8);
    this.body = Arrays.copyOfRange(frame, 4 + headerLength, frame.length);
    Matcher matcher = CODE.matcher(answer);
    if (!matcher.find()) {
      throw new IllegalStateException("no code in " + answer);
    }
    System.err.println("raw " + code + " " + texts + " -> " + answer);
    return Integer.parseInt(matcher.group(1));
  }

  /** A header field of the last answer. */
  String field(String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(answer);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + name + " in " + answer);
    }
    return matcher.group(1);
  }

  /** The same, or another value where it is absent. */
  String fieldOr(String name, String absent) {
    Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(answer);
    return matcher.find() ? matcher.group(1) : absent;
  }

  /** The body of the last answer. */
  byte[] body() {
    return body;
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws Exception {
    socket.close();
  }
}
