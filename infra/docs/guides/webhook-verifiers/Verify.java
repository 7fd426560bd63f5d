// Verifies a message: `Verify.verify(secret, id, timestamp, signatures, body, now)`. Java 17 or
// newer, nothing to install.
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Verify {
    private static final long TOLERANCE_SECONDS = 5 * 60;

    /** Whether the message was signed with the secret, and not long ago. Null: no such header. */
    public static boolean verify(
            String secret, String id, String timestamp, String signatures, byte[] body, long now)
            throws GeneralSecurityException {
        if (id == null || id.isEmpty() || timestamp == null || signatures == null) {
            return false;
        }
        if (!timestamp.matches("[0-9]{1,18}")
                || Math.abs(now - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) {
            return false;
        }
        byte[] key;
        try {
            key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        String signature = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        byte[] expected = signature.getBytes(StandardCharsets.UTF_8);
        boolean genuine = false;
        for (String given : signatures.split(" ")) {
            genuine |= MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8));
        }
        return genuine;
    }

    // java Verify.java SECRET ID TIMESTAMP SIGNATURES NOW < body
    public static void main(String[] given) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        System.in.transferTo(body);
        long now = Long.parseLong(given[4]);
        boolean genuine = verify(given[0], given[1], given[2], given[3], body.toByteArray(), now);
        System.exit(genuine ? 0 : 1);
    }
}
