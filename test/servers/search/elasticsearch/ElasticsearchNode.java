// One real Elasticsearch node with HTTP on loopback, for tests: ElasticsearchNode DIR PORT
// Run from source by `java`; a line "ready" on standard output says that it answers. Ends on SIGTERM.
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.transport.Netty4Plugin;

public class ElasticsearchNode extends Node {
  ElasticsearchNode(Settings settings) {
    super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "outrider-test"),
        List.of(Netty4Plugin.class), false);
  }

  public static void main(String[] arguments) throws Exception {
    String home = arguments[0];
    int port = Integer.parseInt(arguments[1]);
    Settings settings = Settings.builder()
        .put("path.home", home)
        .put("path.data", home + "/data")
        .put("cluster.name", "outrider-test-" + port)
        .put("node.name", "outrider-test")
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("http.port", port)
        .put("transport.port", port + 100)
        .put("transport.type", "netty4")
        .put("http.type", "netty4")
        .put("node.processors", 2)
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        // As most hosted servers have it: a write to a missing index makes one, so that the tests notice a client that relies on it.
        .put("action.auto_create_index", true)
        .build();
    ElasticsearchNode node = new ElasticsearchNode(settings);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        node.close();
      } catch (Exception failure) {
        failure.printStackTrace();
      }
      stopped.countDown();
    }));
    node.start();
    System.out.println("ready http://127.0.0.1:" + port);
    stopped.await();
  }
}
