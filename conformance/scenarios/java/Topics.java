/** Topics NAMESRV QUEUES TOPIC...: has topics auto-created, for clients that cannot do so themselves. */
public final class Topics {
  public static void main(String[] args) throws Exception {
    System.setOut(System.err);
    try (Context context = new Context(args[0], "topics", Context.instance())) {
      for (int i = 2; i < args.length; i++) {
        context.createTopic(args[i], Integer.parseInt(args[1]));
      }
    }
    Runtime.getRuntime().halt(0);
  }
}
