/** One request with what a right answer to it has. */
export interface Case {
  id: string;
  user: string;
  /** Of the core reasoning path: about deliveries, in which stand-ins are never wrong. */
  core: boolean;
  expected:
    | { kind: "support"; source: string; fact: string }
    | { kind: "triage"; queue: string; urgency: number };
}

/** Each topic with three subjects and the fact that belongs to each; the subjects are each other's distractors. */
const topics: readonly { question: string; passage: string; facts: readonly [string, string][] }[] = [
  {
    question: "How long does delivery to {s} take?",
    passage: "Delivery to {s} takes {f}.",
    facts: [
      ["Austria", "three working days"],
      ["Norway", "six working days"],
      ["Malta", "nine working days"],
    ],
  },
  {
    question: "Until when can {s} be returned?",
    passage: "Items of the kind {s} can be returned within {f}.",
    facts: [
      ["shoes", "thirty days"],
      ["headphones", "fourteen days"],
      ["gift cards", "zero days"],
    ],
  },
  {
    question: "What does shipping by {s} cost?",
    passage: "Shipping by {s} costs {f} for each order.",
    facts: [
      ["courier", "twelve euros"],
      ["standard mail", "four euros"],
      ["freight", "sixty euros"],
    ],
  },
  {
    question: "Where do I find an invoice when I pay by {s}?",
    passage: "Invoices of what is paid by {s} are {f}.",
    facts: [
      ["card", "shown under documents"],
      ["direct debit", "sent by e-mail"],
      ["purchase order", "in the supplier portal"],
    ],
  },
  {
    question: "Which warranty do {s} have?",
    passage: "The warranty of {s} is {f}.",
    facts: [
      ["kettles", "two years"],
      ["bicycles", "five years"],
      ["lamps", "three years"],
    ],
  },
  {
    question: "When is the {s} warehouse closed?",
    passage: "The {s} warehouse is closed on {f}.",
    facts: [
      ["northern", "Sundays"],
      ["southern", "public holidays"],
      ["coastal", "Mondays"],
    ],
  },
  {
    question: "How is a refund to {s} paid out?",
    passage: "A refund to {s} arrives {f}.",
    facts: [
      ["a bank account", "after five banking days"],
      ["a voucher", "at once"],
      ["a credit card", "with the next statement"],
    ],
  },
  {
    question: "Who can change the address of a {s} order?",
    passage: "The address of a {s} order can be changed by {f}.",
    facts: [
      ["personal", "the customer alone"],
      ["company", "any buyer of the company"],
      ["gift", "the giver until dispatch"],
    ],
  },
  {
    question: "What happens when a parcel for {s} is not collected?",
    passage: "A parcel for {s} that is not collected is {f}.",
    facts: [
      ["a locker", "sent back after three days"],
      ["a post office", "kept for a week"],
      ["a shop", "kept for ten days"],
    ],
  },
  {
    question: "How do I cancel a {s} subscription?",
    passage: "A {s} subscription is cancelled {f}.",
    facts: [
      ["monthly", "in the account settings"],
      ["yearly", "by letter before December"],
      ["trial", "by doing nothing"],
    ],
  },
  {
    question: "Which documents does customs in {s} ask for?",
    passage: "Customs in {s} asks for {f}.",
    facts: [
      ["Switzerland", "a commercial invoice"],
      ["Turkey", "a certificate of origin"],
      ["Iceland", "a packing list"],
    ],
  },
  {
    question: "How many items may a {s} order have?",
    passage: "A {s} order may have {f}.",
    facts: [
      ["sample", "five items"],
      ["wholesale", "nine hundred items"],
      ["express", "twenty items"],
    ],
  },
  {
    question: "Who does repairs of {s}?",
    passage: "Repairs of {s} are done by {f}.",
    facts: [
      ["printers", "the maker's workshop"],
      ["sofas", "a carpenter on site"],
      ["tablets", "our own bench"],
    ],
  },
  {
    question: "In which currency are orders from {s} billed?",
    passage: "Orders from {s} are billed in {f}.",
    facts: [
      ["Denmark", "Danish crowns"],
      ["Poland", "zloty"],
      ["Chile", "US dollars"],
    ],
  },
];

const fill = (text: string, subject: string, fact: string) =>
  text.replace("{s}", subject).replace("{f}", fact);

/** Questions with three passages, one of which holds the answer. */
export const supportCases: readonly Case[] = topics.flatMap(({ question, passage, facts }, topic) => {
  const source = (index: number) => `p${topic * 3 + index + 1}`;
  const passages = facts.map(
    ([subject, fact], index) => `[${source(index)}] ${fill(passage, subject, fact)}`,
  );
  return facts.map(([subject, fact], index) => ({
    id: `support-${topic + 1}-${index + 1}`,
    user: `Passages\n${passages.join("\n")}\n\nQuestion: ${fill(question, subject, "")}`,
    core: topic === 0,
    expected: { kind: "support" as const, source: source(index), fact },
  }));
});

const tickets: Record<string, readonly string[]> = {
  billing: [
    "I was charged twice for the same order.",
    "The invoice shows the wrong tax.",
    "My refund has not arrived on the account.",
    "The payment page rejects my card.",
  ],
  delivery: [
    "The parcel never reached the locker.",
    "The courier left the box in the rain.",
    "My shipment stands still in customs.",
    "The delivery went to the neighbour's old flat.",
  ],
  account: [
    "I cannot log in after the update.",
    "The password mail does not come.",
    "Please close my second account.",
    "My login name is spelled wrongly.",
  ],
  other: [
    "Do you have a job for a student?",
    "Your advert has a typing error.",
    "I would like to visit your shop with a school class.",
    "Which colour will be new in spring?",
  ],
};

const pressure: readonly [string, number][] = [
  ["There is no hurry.", 1],
  ["", 2],
  ["We lose money every hour, please help now!", 4],
];

/** Tickets whose queue and urgency are known. */
export const triageCases: readonly Case[] = Object.entries(tickets).flatMap(([queue, texts]) =>
  texts.flatMap((text, ticket) =>
    pressure.map(([words, urgency]) => ({
      id: `triage-${queue}-${ticket + 1}-${urgency}`,
      user: `Ticket: ${text} ${words}`.trim(),
      core: queue === "delivery",
      expected: { kind: "triage" as const, queue, urgency },
    })),
  ),
);
