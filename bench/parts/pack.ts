import { missing, pulumi } from "../../test/engine/cli";
import { EngineProject } from "../../test/engine/harness";
import { machine, median, outputOf } from "../figures";
import { inTurn, ratios } from "../inTurn";
import { type Measured, ratioFigure, time } from "../measured";

const emptyPack = {
  "empty/PulumiPolicy.yaml": "description: Has no policy.\nruntime: nodejs\nmain: index.js\n",
  "empty/package.json": '{ "name": "empty", "version": "0.1.0", "main": "index.js" }\n',
  "empty/index.js":
    'const { PolicyPack } = require("@pulumi/policy");\nnew PolicyPack("empty", { policies: [] });\n',
};

/** `pulumi preview` of the shipped stack on the real engine: with our pack, with an empty one, with none. */
export async function measurePack(quick: boolean, date: string): Promise<Measured | string> {
  if (pulumi === undefined) return missing;
  const rounds = quick ? 2 : 5;
  const project = EngineProject.copy([], emptyPack);
  try {
    // With what the build has made of the pack, as in any checkout that was built.
    await project.init("staging");
    const preview = (...pack: string[]) => project.must(["preview", "--stack", "staging", ...pack]);
    const works = [
      () => preview("--policy-pack", "policies"),
      () => preview("--policy-pack", "empty"),
      () => preview(),
    ];
    await inTurn(works, 1);
    const [ours = [], empty = [], none = []] = await inTurn(works, rounds);
    return {
      date,
      where: [...machine(), `Pulumi ${outputOf(pulumi, ["version"]).trim()}`].join("; "),
      figures: [
        ratioFigure(
          {
            what: `\`pulumi preview\` of the shipped staging stack with our pack against an empty one (median of ${rounds})`,
            label: "our pack against an empty one",
            limit: 1.15,
          },
          median(ratios(ours, empty)),
          `${time(median(ours))} to ${time(median(empty))}; without any pack ${time(median(none))}`,
        ),
      ],
    };
  } finally {
    await project.remove();
  }
}
