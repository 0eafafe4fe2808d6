import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;

/**
 * Runs DynamoDB Local for this machine only. Takes the options of DynamoDB Local, which has none for the address and
 * would listen on every interface.
 */
class DynamoDbOnLoopback {
    public static void main(String[] options) throws Exception {
        var dynamoDb = ServerRunner.createServerFromCommandLineArgs(options);
        var server = dynamoDb.getClass().getDeclaredField("server");
        server.setAccessible(true);
        for (var connector : ((Server) server.get(dynamoDb)).getConnectors()) {
            ((ServerConnector) connector).setHost("127.0.0.1");
        }
        dynamoDb.start();
        dynamoDb.join();
    }
}
