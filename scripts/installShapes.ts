/**
 * Makes the virtual environment with moto and Kubernetes' schemas, from test/shapes/requirements.txt, and has Go
 * download the definitions of custom resources where Go is: `make shapes`. With --if-possible it ends well on a
 * machine that cannot have them, and says in a line what that means for the tests.
 */
import { install, whyNot } from "../test/shapes/standIns";

const lacking = whyNot();
if (lacking !== undefined && process.argv.includes("--if-possible")) {
  console.log(`${lacking} The tests on what AWS and Kubernetes take are skipped.`);
} else {
  try {
    for (const module of install())
      console.log(`Go is not here, or did not get ${module}: the tests on custom resources are skipped.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
