/**
 * Makes the virtual environment with LiteLLM, from measure/requirements.txt: `make litellm`. With --if-possible it
 * ends well on a machine that cannot have one, and says in a line what that means for the tests.
 */
import { installLitellm, whyNoPython } from "../measure/litellm";

const lacking = whyNoPython();
if (lacking !== undefined && process.argv.includes("--if-possible")) {
  console.log(`${lacking} The tests on the real gateway are skipped.`);
} else {
  try {
    installLitellm();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
