import { createRequire } from "node:module";
import { join } from "node:path";
import { Analyzer } from "./analyzer";
import { Child, within } from "./child";
import { announcedPort, type Launch, PackError, packEnv } from "./launch";
import { PreviewMonitor } from "./monitor";
import { PolicyConfigError } from "./policyConfig";
import type { PolicyInfo, PolicyReport } from "./policyReport";
import type { Providers } from "./requests";
import type { PlannedResource } from "./resource";

export interface PackOptions extends Launch {
  /** The folder with PulumiPolicy.yaml. */
  packDir: string;
  timeoutMs: number;
}

/**
 * A CrossGuard pack, running in the process and behind the interface in which the engine runs it: started by
 * the SDK's own `run-policy-pack`, asked over gRPC. Whatever goes wrong in it is an error, never a pass.
 */
export class Pack {
  private constructor(
    private readonly child: Child,
    private readonly engine: PreviewMonitor,
    private readonly analyzer: Analyzer,
  ) {}

  /** Starts the pack for one stack, and gives it its initial configuration as the engine does. */
  static async start(options: PackOptions): Promise<Pack> {
    const { packDir, project, stack, timeoutMs } = options;
    const engine = new PreviewMonitor({ project, stack, config: {}, secretKeys: [] });
    const address = await engine.listen();
    let child: Child;
    try {
      const runner = createRequire(join(packDir, "package.json")).resolve(
        "@pulumi/pulumi/cmd/run-policy-pack",
      );
      child = new Child({
        args: [runner, address, packDir],
        cwd: packDir,
        env: { ...process.env, ...packEnv(options) },
      });
    } catch (error) {
      engine.close();
      throw error;
    }
    try {
      const port = await within(timeoutMs, "Starting the policy pack", portOf(child, engine));
      return new Pack(child, engine, await Analyzer.configure(port, options));
    } catch (error) {
      child.kill();
      engine.close();
      throw explain(error, child, engine);
    }
  }

  get version(): string {
    return this.analyzer.version;
  }

  get policies(): readonly PolicyInfo[] {
    return this.analyzer.policies;
  }

  analyze(resource: PlannedResource, providers: Providers): Promise<PolicyReport[]> {
    return this.explained(this.analyzer.analyze(resource, providers));
  }

  analyzeStack(resources: readonly PlannedResource[], providers: Providers): Promise<PolicyReport[]> {
    return this.explained(this.analyzer.analyzeStack(resources, providers));
  }

  /** The pack's process. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  stop(): void {
    this.analyzer.close();
    this.child.kill();
    this.engine.close();
  }

  private async explained<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw explain(error, this.child, this.engine);
    }
  }
}

async function portOf(child: Child, engine: PreviewMonitor): Promise<number> {
  const announced = announcedPort((hear) => child.onOutput(hear));
  const ended = child.exited().then(({ code }): never => {
    throw new PackError(
      `The policy pack ended with exit code ${code} while it started.${said(child, engine)}`,
    );
  });
  return Promise.race([announced, ended]);
}

function explain(error: unknown, child: Child, engine: PreviewMonitor): PackError {
  if (error instanceof PackError) return error;
  if (error instanceof PolicyConfigError) return new PackError(error.message);
  const reason = error instanceof Error ? error.message : String(error);
  return new PackError(`The policy pack did not answer: ${reason}${said(child, engine)}`);
}

function said(child: Child, engine: PreviewMonitor): string {
  const words = [...engine.diagnostics.map(({ message }) => message), child.stderr.trim()]
    .filter(Boolean)
    .join("\n");
  return words === "" ? "" : `\n${words}`;
}
