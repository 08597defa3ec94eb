import { existsSync } from "node:fs";
import { join } from "node:path";

/** The virtual environment with LiteLLM that `npm run evidence` makes; it is not made for a test. */
const folder = join(__dirname, "../../node_modules/.cache/evidence/venv");

export const litellmInstalled = existsSync(join(folder, "installed"));
export const litellm = join(folder, "bin", "litellm");
export const python = join(folder, "bin", "python");
