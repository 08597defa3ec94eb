import { aws } from "./aws";
import { kubernetes } from "./kubernetes";
import { serve } from "./server";

const name = process.argv[2];
const folder = process.env.LOCKSTEP_STAND_IN_CLOUD;
if (!folder) throw new Error("LOCKSTEP_STAND_IN_CLOUD names no folder");
const slow = JSON.parse(process.env.LOCKSTEP_STAND_IN_SLOW ?? "{}") as Record<string, number>;
/** The account whose credentials are at hand; absent: those of whatever account the provider asks for. */
const credentials = process.env.LOCKSTEP_STAND_IN_ACCOUNT;

if (name === "aws") serve(aws({ folder, slow, ...(credentials ? { credentials } : {}) }));
else if (name === "kubernetes") serve(kubernetes({ folder, slow }));
else throw new Error(`There is no stand-in of ${name}`);
