import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proven } from "../evidence";
import { EngineProject, note, pulumi } from "./harness";

/**
 * What a rename in a stack's file does to the objects of that name, in which order. Without the pack: which edits are
 * allowed is the subject of other tests.
 */
describe.skipIf(!pulumi)(`an edit that asks for another object${note}`, () => {
  let project: EngineProject;
  const file = "Pulumi.staging.yaml";

  beforeAll(async () => {
    project = EngineProject.copy([proven]);
    await project.init("staging");
    await project.must(["up", "--stack", "staging", "--yes", "--skip-preview"]);
  });
  afterAll(() => project?.remove());

  /** What an update after an edit did to objects, in the order in which it was done: "create Secret name". */
  async function after(edit: () => void): Promise<string[]> {
    const before = project.operations().length;
    edit();
    await project.must(["up", "--stack", "staging", "--yes", "--skip-preview"]);
    return project
      .operations()
      .slice(before)
      .filter(({ phase }) => phase === "end")
      .map(
        ({ operation, type, identity }) =>
          `${operation} ${type.split(":").pop()} ${identity.replace(/-[0-9a-f]{6,7}$/, "")}`,
      );
  }

  describe("a rename", () => {
    let done: string[];
    beforeAll(async () => {
      done = await after(() => {
        project.edit(file, "secretName: lockstep/staging/openai", "secretName: lockstep/staging/openai-next");
        project.edit(file, "alarmTopic: lockstep-staging-alarms", "alarmTopic: lockstep-staging-pages");
        project.edit(file, "kmsAlias: alias/lockstep/staging", "kmsAlias: alias/lockstep/staging-next");
        project.edit(file, "example-lockstep-staging-requests", "example-lockstep-staging-logged");
      });
    });

    it("makes a credential's new secret, and lets it be read, before the old one goes", () => {
      const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:lockstep/staging";
      inOrder(
        done,
        "create Secret lockstep/staging/openai-next",
        `create SecretPolicy ${arn}/openai-next`,
        "update ExternalSecret external-secrets.io/v1/ExternalSecret/llm-staging/staging-secrets",
        `delete SecretPolicy ${arn}/openai`,
        "delete Secret lockstep/staging/openai",
      );
      inOrder(
        done,
        "create Secret lockstep/staging/openai-next",
        "update RolePolicy staging-secrets-reader/staging-secrets-reader",
        "delete Secret lockstep/staging/openai",
      );
      expect(done.filter((one) => one.includes("staging/anthropic"))).toEqual([]);
    });

    it.each([
      [
        "the topic of alarms",
        "create Topic lockstep-staging-pages",
        "update Budget staging-budgets-monthly",
        "delete Topic lockstep-staging-alarms",
      ],
      ["the key's alias", "create Alias alias/lockstep/staging-next", "delete Alias alias/lockstep/staging"],
      [
        "the bucket of logged requests",
        "create Bucket example-lockstep-staging-logged",
        "update Deployment apps/v1/Deployment/llm-staging/staging-gateway",
        "delete Bucket example-lockstep-staging-requests",
      ],
    ])("makes %s anew and uses it before the old one goes", (_, ...steps) => inOrder(done, ...steps));
  });

  it("moves the whole environment into a new namespace before the old one goes", async () => {
    const done = await after(() => project.edit(file, "namespace: llm-staging\n", "namespace: llm-next\n"));
    inOrder(
      done,
      "create Namespace v1/Namespace/llm-next",
      "create Deployment apps/v1/Deployment/llm-next/staging-gateway",
      "delete Namespace v1/Namespace/llm-staging",
    );
  });

  it("replaces the gateway's configuration beside the old one, of another name, when it changes", async () => {
    const done = await after(() =>
      project.edit(
        "Pulumi.yaml",
        "temperature: 1\n        maxOutputTokens: 400",
        "temperature: 1\n        maxOutputTokens: 300",
      ),
    );
    const maps = done.filter((one) => one.includes("ConfigMap/llm-next/staging-gateway-"));
    expect(maps.map((one) => one.split(" ")[0])).toEqual(["create", "delete"]);
    const rolled = done.indexOf("update Deployment apps/v1/Deployment/llm-next/staging-gateway");
    expect(done.indexOf(maps[0] ?? "")).toBeLessThan(rolled);
    expect(rolled).toBeLessThan(done.indexOf(maps[1] ?? ""));
  });

  it("takes everything away with destroy, what depends before what it depends on", async () => {
    const before = project.operations().length;
    await project.must(["destroy", "--stack", "staging", "--yes", "--skip-preview"]);
    const done = project
      .operations()
      .slice(before)
      .filter(({ phase }) => phase === "end");
    const place = (type: string) => done.findLastIndex((one) => one.type.endsWith(type));
    expect(done.every(({ operation }) => operation === "delete")).toBe(true);
    expect(place(":SecretPolicy")).toBeLessThan(place(":Secret"));
    expect(place(":RolePolicy")).toBeLessThan(place(":Role"));
    expect(place("apps/v1:Deployment")).toBeLessThan(place("core/v1:Namespace"));
    expect(await project.resources("staging")).toEqual([]);
  });
});

/** Each was done, and after the one before it. */
function inOrder(done: string[], ...steps: string[]): void {
  for (const step of steps) expect(done).toContain(step);
  expect(steps.map((step) => done.indexOf(step))).toEqual(
    steps.map((step) => done.indexOf(step)).sort((a, b) => a - b),
  );
}
