import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Prints a line for each rule of PDF/UA-1 that a file breaks, and one that begins with "checked" for each file. */
class Validate {
  private static final int MOST_FAILURES = 100;

  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    var foundry = Foundries.defaultInstance();
    for (var file : files) {
      try (var parser = foundry.createParser(new FileInputStream(file), PDFAFlavour.PDFUA_1)) {
        var validator = foundry.createValidator(PDFAFlavour.PDFUA_1, MOST_FAILURES, false, false, false);
        var result = validator.validate(parser);
        for (var check : result.getTestAssertions())
          if (check.getStatus() == TestAssertion.Status.FAILED)
            System.out.printf(
                "%s: %s %s (%s)%n",
                file, check.getRuleId().getClause(), check.getMessage(), check.getLocation().getContext());
        System.out.printf("checked %s: %d%n", file, result.getTotalAssertions());
      }
    }
  }
}
