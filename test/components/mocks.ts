import * as pulumi from "@pulumi/pulumi";

/** A resource as the engine was asked for it. Secrets stand unwrapped in `inputs`; their paths are listed. */
export interface Registered {
  type: string;
  name: string;
  urn: string;
  /** False for a component. */
  custom: boolean;
  inputs: Inputs;
  /** The paths of the inputs that are marked secret, such as `secretString` or `data.key`. */
  secretInputs: string[];
  /** What `registerOutputs` was given; undefined where it was not called. */
  outputs: Inputs | undefined;
  secretOutputs: string[];
  /** The name of the parent; undefined for a resource without one. */
  parent: string | undefined;
  /** The name of the explicit provider; undefined for the ambient one. */
  provider: string | undefined;
  /** What it depends on, by `dependsOn` or by an input, sorted: "TopicPolicy llm-topic". */
  dependsOn: string[];
  protect: boolean;
}

/** What a resource was given. Compare it whole, or read JSON documents with `document`. */
export type Inputs = Record<string, unknown>;

export interface MockOptions {
  /** Runs as a preview: outputs of resources are unknown. Default false. */
  preview?: boolean;
  /** The stack's name. Default "stack". */
  stack?: string;
  /** Outputs beyond the inputs; the default adds `arn: "arn:mock:<name>"`. The id is `<name>-id`. */
  outputs?: (resource: { type: string; name: string; inputs: Inputs }) => Inputs;
  /** Makes the resource, and answers with its id and all of its state, instead of `outputs`. */
  create?: (resource: {
    type: string;
    name: string;
    inputs: Inputs;
  }) => Promise<{ id: string; state: Inputs }>;
  /** Answers provider functions. The default throws: a component should not need any. */
  call?: (call: { token: string; inputs: Inputs }) => Inputs;
}

/** Everything that a program registered, in order. */
export class Collected<T> {
  constructor(
    readonly result: T,
    readonly resources: readonly Registered[],
  ) {}

  /** All resources of a type. */
  all(type: string): Registered[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** What the component left outside its own hand: no parent, or the ambient provider. */
  strays(component: string): string[] {
    return this.resources
      .filter(({ type, name }) => name !== component && !type.startsWith("pulumi:providers:"))
      .filter(({ parent, provider }) => parent === undefined || provider === undefined)
      .map(({ type, name }) => `${type} ${name}`);
  }

  /** The only resource of a type, or the only one of a type and name. */
  one(type: string, name?: string): Registered {
    const found = this.all(type).filter((resource) => name === undefined || resource.name === name);
    const [resource] = found;
    if (resource === undefined || found.length > 1) {
      const names = this.resources.map((other) => `${other.type} ${other.name}`).join("\n");
      throw new Error(`Expected one ${type} ${name ?? ""}, found ${found.length} in:\n${names}`);
    }
    return resource;
  }
}

/** Runs `build` against mocks and returns its result with every resource, after all have been registered. */
export async function collect<T>(build: () => T, options: MockOptions = {}): Promise<Collected<Awaited<T>>> {
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => {
        if (options.call === undefined) throw new Error(`The component called ${token}, which has no mock.`);
        return options.call({ token, inputs });
      },
      newResource: ({ type, name, inputs }) =>
        options.create?.({ type, name, inputs: unwrap(inputs)[0] }) ?? {
          id: `${name}-id`,
          state: {
            ...inputs,
            ...(options.outputs === undefined
              ? { arn: `arn:mock:${name}` }
              : options.outputs({ type, name, inputs })),
          },
        },
    },
    "project",
    options.stack ?? "stack",
    options.preview ?? false,
  );
  record(resources);
  const result = await build();
  await pulumi.runtime.disconnect();
  return new Collected(result, resources);
}

/** The value of an output; in a preview an unknown one never resolves. */
export function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value));
  });
}

/** The errors of an InputPropertiesError; none where nothing is thrown, and other errors pass. */
export function inputErrors(run: () => unknown): { propertyPath: string; reason: string }[] {
  try {
    run();
  } catch (error) {
    if (pulumi.InputPropertiesError.isInstance(error)) return error.errors;
    throw error;
  }
  return [];
}

/** The JSON document in an input, such as a policy. */
export function document(inputs: Inputs, property: string): unknown {
  return JSON.parse(String(inputs[property]));
}

interface Request {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getObject(): { toJavaScript(): Inputs };
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
  getProtect(): boolean | undefined;
}

type Handler<R> = (request: R, callback: (error: unknown, response: unknown) => void) => void;

/** The mock monitor keeps parents, dependencies and secret marks to itself: requests are read before it. */
function record(resources: Registered[]): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    newUrn(parent: string, type: string, name: string): string;
    registerResource: Handler<Request>;
    registerResourceOutputs: Handler<{ getUrn(): string; getOutputs(): { toJavaScript(): Inputs } }>;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const urn = monitor.newUrn(request.getParent(), request.getType(), request.getName());
    if (resources.some((resource) => resource.urn === urn)) {
      callback(new Error(`Two resources have the URN ${urn}.`), undefined);
      return;
    }
    const [inputs, secretInputs] = unwrap(request.getObject().toJavaScript());
    resources.push({
      type: request.getType(),
      name: request.getName(),
      urn,
      custom: request.getCustom(),
      inputs,
      secretInputs,
      outputs: undefined,
      secretOutputs: [],
      parent: request.getParent() === "" ? undefined : nameOf(request.getParent()),
      provider:
        request.getProvider() === "" ? undefined : nameOf(request.getProvider().replace(/::[^:]*$/, "")),
      dependsOn: request.getDependenciesList().map(kindAndNameOf).sort(),
      protect: request.getProtect() ?? false,
    });
    register(request, callback);
  };
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    const resource = resources.find((candidate) => candidate.urn === request.getUrn());
    if (resource !== undefined) {
      [resource.outputs, resource.secretOutputs] = unwrap(request.getOutputs().toJavaScript());
    }
    registerOutputs(request, callback);
  };
}

const kindAndNameOf = (urn: string): string =>
  `${/[^:$]*$/.exec(urn.split("::")[2] ?? "")?.[0]} ${nameOf(urn)}`;
const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

/** The marks of the engine's wire format: `sdk/go/common/resource/sig/sig.go` in pulumi/pulumi. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** A value without its secret marks, and the paths at which they were. */
function unwrap(wire: Inputs): [Inputs, string[]] {
  const secrets: string[] = [];
  const walk = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${path}[${index}]`));
    if (typeof value !== "object" || value === null) return value;
    const record = value as Record<string, unknown>;
    if (record[signature] === secretSignature) {
      secrets.push(path);
      return walk(record.value, path);
    }
    return Object.fromEntries(
      Object.entries(record).map(([key, item]) => [key, walk(item, path === "" ? key : `${path}.${key}`)]),
    );
  };
  return [walk(wire, "") as Inputs, secrets.sort()];
}
