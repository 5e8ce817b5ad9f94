namespace Deepiri.Training.Tasks;

/// <summary>Something that people do.</summary>
/// <param name="Minutes">How long it usually takes.</param>
/// <param name="Difficulty">0 easy, 1 medium, 2 hard.</param>
internal sealed record Activity(string Category, IReadOnlyList<string> Verbs, IReadOnlyList<string> Things, double Minutes, int Difficulty);

/// <summary>What people do, by category.</summary>
internal static class Lexicon
{
    public static IReadOnlyList<Activity> Activities { get; } =
    [
        // work
        Of("work", 25, 0, "reply to|answer|send|forward|follow up on|read|check", "the email|emails|the client's mail|the ticket|the invitation|slack messages|the support request|the inbox|the message from hr|the memo"),
        Of("work", 15, 0, "submit|send|approve|sign|file|log|update", "the timesheet|my hours|the vacation request|the purchase order|the status|the jira board|the expense form|leave request|the calendar invite"),
        Of("work", 60, 1, "prepare|attend|schedule|run|organize|join|host|set up", "the meeting|the standup|the client call|the sprint planning|the retrospective|the 1:1|the kickoff|the interview|the workshop|the demo|the board meeting|performance review|the webinar|onboarding of the new hire"),
        Of("work", 120, 1, "write|finish|draft|review|complete|prepare|edit|revise|polish", "the report|the quarterly report|the proposal|the presentation|the slides|the spec|documentation|the release notes|meeting minutes|the contract|the job posting|the project plan|the pitch deck|the roadmap|the budget draft|the annual review|the business case|the press release|the agenda|the q3 summary"),
        Of("work", 180, 2, "fix|debug|implement|refactor|investigate|deploy|migrate|test|optimize|develop|build|ship", "the bug|the login page|the api|the database|the build pipeline|the memory leak|the payment service|unit tests|the release|the new feature|the backend|the frontend|the mobile app|the crash|the flaky test|the deployment|the search index|the kubernetes cluster|the security patch|the server|the production issue|the ci|legacy code|the checkout flow"),
        Of("work", 45, 1, "review|merge|comment on|look at|check", "the pull request|the code of the intern|the design|the mockups|the test results|the branch|the metrics|the dashboard|the log files|the analytics|the sales numbers|the candidate's cv|resumes"),
        Of("work", 240, 2, "design|plan|negotiate|analyze|research|define|evaluate|audit", "the architecture|the marketing strategy|the data model|the new process|the supplier contract|the competitors|the customer survey|the campaign|the market|the vendor offers|the hiring plan|okrs|the reorganization|the merger"),
        Of("work", 30, 0, "call|phone|ping|brief|update|talk to|ask", "the client|my boss|the manager|the customer|the vendor|the team|a colleague|the recruiter|the supplier|the stakeholders|hr|the sales team|legal"),
        // learning
        Of("learning", 60, 1, "study|revise|review|learn|go over|read up on|cram", "chapter 3|the lecture notes|biology|chemistry|history|calculus|linear algebra|statistics|physics|my flashcards|vocabulary|the textbook|for the exam|for the midterm|for the final|for my driving test|anatomy|grammar|organic chemistry|the theory"),
        Of("learning", 45, 1, "practice|train|learn|work on|repeat", "spanish|french verbs|german|japanese kanji|typing|touch typing|sql queries|python exercises|leetcode|algorithms|javascript|rust|the multiplication tables|pronunciation|mental arithmetic|english|mandarin"),
        Of("learning", 50, 0, "watch|attend|listen to|join|take", "the lecture|an online course|the tutorial|a course on machine learning|the seminar|a masterclass|the lesson|khan academy|the recorded class|a ted talk|the training video|a coursera module|the webinar on investing"),
        Of("learning", 150, 2, "write|finish|complete|hand in|submit|prepare", "the essay|my thesis|the homework|the assignment|the lab report|the term paper|the dissertation|the problem set|the group project|the research paper|the book report|the math homework|coursework|the bibliography|the final project for class"),
        Of("learning", 90, 1, "read", "a book about economics|the paper on transformers|the course material|two chapters of sapiens|a scientific article|the documentation of react|about stoicism|the assigned reading|a textbook chapter|the study guide"),
        Of("learning", 20, 0, "register for|sign up for|enroll in|borrow|return|renew", "the course|the class|the language exam|the library book|library books|the workshop at university|the summer school|evening classes|the certification|the semester"),
        // health
        Of("health", 45, 1, "go for|do|complete|start|finish", "a run|a workout|yoga|my stretches|the gym session|a bike ride|pilates|a swim|a 5k|push-ups|leg day|strength training|a long walk|a hike|the physio exercises|meditation|a jog|cardio|my back exercises|crossfit"),
        Of("health", 10, 0, "book|make|schedule|cancel|confirm|move", "a dentist appointment|a doctor's appointment|a checkup|the eye exam|a therapy session|the vaccination|a flu shot|a blood test|a massage|physiotherapy|the dermatologist|an appointment with the gp|the annual physical"),
        Of("health", 60, 0, "go to|visit|see", "the dentist|the doctor|the gym|the physio|my therapist|the hospital|the optician|the dermatologist|the orthopedist|the clinic|the yoga class|swimming"),
        Of("health", 5, 0, "take|drink|refill|pick up|order", "my vitamins|the medication|the antibiotics|2 liters of water|my pills|the prescription|a glass of water|allergy tablets|contact lenses|supplements|insulin|blood pressure pills"),
        Of("health", 30, 0, "track|log|plan|measure|meditate on|write down", "my calories|my sleep|my weight|meals for the week|a healthy diet|my blood pressure|my mood|my steps|a low carb dinner|what i ate"),
        Of("health", 20, 1, "meditate|sleep early|rest|stretch|breathe|nap|quit smoking|eat less sugar|go to bed", "today|tonight|before bed|after lunch|for 10 minutes|every day|this evening|in the morning|on sunday"),
        // finance
        Of("finance", 10, 0, "pay|settle|transfer|wire|send", "the electricity bill|the rent|the invoice|the credit card|the phone bill|the internet bill|the parking fine|the insurance|the mortgage|the water bill|the school fees|the bill|the gas bill|the loan installment|the deposit|the membership fee|alimony"),
        Of("finance", 150, 2, "do|file|prepare|finish|submit|complete", "my taxes|the tax return|the vat return|the tax documents|income tax|the yearly accounts|bookkeeping|the audit papers|the loan application|the mortgage application|the insurance claim"),
        Of("finance", 45, 1, "check|review|update|plan|balance|go through|set up", "the budget|my savings|the bank statement|my spending|the investment portfolio|the pension plan|my subscriptions|the account balance|the monthly expenses|my stocks|the retirement fund|a savings plan|standing orders|the household budget|crypto wallet"),
        Of("finance", 20, 0, "call|contact|email|ask|visit|dispute with", "the bank|the accountant|the insurance company|the tax office|my financial advisor|the credit card company|the broker|the landlord about the deposit|the mortgage broker"),
        Of("finance", 30, 1, "compare|cancel|switch|open|close|renew|negotiate", "the insurance|a savings account|the credit card|the electricity provider|the phone contract|the gym membership fees|interest rates|a brokerage account|the car insurance|streaming subscriptions|the bank account|loans|the health insurance"),
        Of("finance", 15, 0, "send|write|chase|scan|collect", "the invoice to the customer|the receipts|my expenses|a payment reminder|receipts for the tax return|the refund|the reimbursement|the payslip|my salary slip|the unpaid invoices"),
        // home
        Of("home", 40, 0, "clean|tidy|vacuum|mop|dust|scrub|wipe|sweep", "the kitchen|the bathroom|the living room|the windows|the fridge|the oven|my room|the garage|the floor|the balcony|the stairs|the toilet|the whole flat|the desk|the car|under the bed|the basement"),
        Of("home", 30, 0, "do|fold|iron|hang up|put away|start", "the laundry|the dishes|the washing|the shirts|the towels|the dishwasher|the bed sheets|clothes|the ironing|a load of whites"),
        Of("home", 90, 1, "fix|repair|replace|install|mount|assemble|paint|change", "the tap|the lamp|the shelf|the washing machine|the light bulb|the door handle|the sink|the wardrobe|the wall|the fence|the smoke detector|the ikea bed|the curtains|the roof|the radiator|the shower head|the leaking faucet|the lock|the router|the bike tire"),
        Of("home", 45, 0, "water|mow|trim|plant|weed|rake|prune", "the plants|the lawn|the garden|tomatoes|the hedge|the flowers|the leaves|the roses|the herbs|the vegetable patch|the trees"),
        Of("home", 10, 0, "take out|empty|feed|walk|sort|brush", "the trash|the garbage|the bins|the recycling|the cat|the dog|the litter box|the compost|the fish|the rabbit|old papers"),
        Of("home", 180, 1, "declutter|organize|renovate|pack|move|sort out|redecorate", "the closet|the attic|the bedroom|the garage|boxes for the move|the bathroom|the pantry|the cellar|the kids' room|old clothes|the kitchen cabinets|the shed|the storage room"),
        Of("home", 60, 1, "cook|bake|make|prepare", "dinner|lunch|a lasagna|soup|bread|a cake|breakfast|the casserole|meals for the week|pancakes|the turkey|cookies|curry|a birthday cake"),
        // errands
        Of("errands", 30, 0, "buy|get|grab|pick up|order|shop for", "milk|groceries|bread and eggs|a new charger|printer ink|batteries|dog food|cat litter|toothpaste|a birthday card|shoes|a raincoat|light bulbs|stamps|coffee|diapers|a winter coat|cleaning supplies|flowers|vegetables|a phone case|wrapping paper|toilet paper|a new kettle"),
        Of("errands", 25, 0, "drop off|pick up|collect|return|deliver|post|mail|ship", "the package|the parcel|the dry cleaning|the kids from school|the suit|the letter|the car from the garage|the shoes that do not fit|the amazon return|keys|the passport photos|the rental car|a parcel at the post office|the documents at city hall|my bike from the shop"),
        Of("errands", 60, 1, "take|bring|drive", "the car to the garage|the dog to the vet|the bike to the repair shop|the bottles to recycling|old stuff to the dump|mum to the station|the laptop to the repair|the cat to the vet|the car through inspection|donations to goodwill|the kids to practice"),
        Of("errands", 45, 1, "renew|apply for|register|get|update", "my passport|the driver's license|the id card|a visa|the car|the parking permit|my address at city hall|a library card|the residence permit|the dog license|the vehicle registration"),
        Of("errands", 15, 0, "refuel|wash|fill up|charge|go to", "the car|the tank|the tires with air|the post office|the supermarket|the pharmacy|the hardware store|the bakery|the atm|the gas station|the market|the mall|the hairdresser|the barber"),
        Of("errands", 20, 0, "book|reserve|order|print", "train tickets|a table for two|a taxi|flights|a hotel room|the boarding pass|a rental car|the ferry|a haircut|the concert tickets|a babysitter|airport parking|plane tickets|bus tickets"),
        // social
        Of("social", 20, 0, "call|text|phone|write to|message|ring|facetime|skype with", "mum|dad|grandma|my parents|my brother|an old friend|lisa|my girlfriend|my best friend|uncle bob|my cousin|the neighbours|my husband|grandpa|my wife|my daughter|aunt mary"),
        Of("social", 120, 1, "organize|plan|host|throw|arrange", "the birthday party|a barbecue|the wedding|a surprise party|the reunion|game night|the family dinner|a picnic|the baby shower|a housewarming|the bachelor party|christmas dinner|a weekend trip with friends|movie night|thanksgiving|the anniversary"),
        Of("social", 120, 0, "meet|visit|have lunch with|have coffee with|have dinner with|catch up with|go out with|have drinks with", "friends|sarah|grandma|the neighbours|my parents|old classmates|my sister|the in-laws|max and julia|a friend from school|my date|the book club|my godchild|a former colleague for beers"),
        Of("social", 30, 0, "buy|find|choose|wrap|make", "a present for lisa|a birthday gift for dad|a wedding gift|a gift for mum|christmas presents|a farewell present|an anniversary gift|a valentine's card|presents for the kids|something for the newborn"),
        Of("social", 10, 0, "rsvp to|congratulate|thank|invite|reply to|wish happy birthday to|send a card to", "the wedding invitation|tom on the new job|grandma for the gift|everyone to the party|the party invitation|the neighbours for dinner|friends for saturday|my aunt|emma|the couple|the host"),
        Of("social", 60, 0, "play|watch|go|help", "board games with the kids|the match with the guys|to the cinema with friends|my friend move|dad with his computer|the neighbour with shopping|football with my son|to the church choir|cards with grandpa|volunteering at the shelter|at the food bank|to the parents' evening"),
        // creative
        Of("creative", 90, 1, "paint|draw|sketch|illustrate|color", "a portrait|a landscape|the mural|character designs|a comic page|watercolors|a still life|the sunset|the dragon|birds|the cover art|storyboards|a tattoo design"),
        Of("creative", 60, 1, "practice|play|record|compose|learn|rehearse|write", "guitar|the piano|a song|violin scales|the drums|a melody|lyrics|a new track|chords|the bass line|a cover song|the choir piece|a beat|the ukulele|the solo"),
        Of("creative", 120, 2, "write|edit|outline|revise|finish", "a short story|my novel|a poem|the blog post|the screenplay|a chapter of my book|my memoir|fan fiction|the newsletter for my blog|song lyrics|a travel diary|the script for the podcast|a haiku|the children's book"),
        Of("creative", 75, 1, "edit|shoot|take|retouch|upload|sort", "photos|the vacation photos|the video|a vlog|a time lapse|the wedding pictures|the youtube video|the podcast episode|portraits in the park|the short film|instagram reels|the photo album|holiday pictures"),
        Of("creative", 90, 1, "knit|sew|crochet|build|carve|craft|make|design", "a scarf|a dress|a sweater|a model airplane|a birdhouse|pottery|a lego castle|jewelry|halloween costumes|a quilt|a wooden spoon|a scrapbook|origami cranes|a candle|a t-shirt print|a logo for fun|a dollhouse|christmas decorations"),
        Of("creative", 45, 0, "brainstorm|collect|try|dance|doodle|daydream about|experiment with", "ideas for the comic|a new recipe idea for my blog|calligraphy|a salsa routine|in my sketchbook|plot ideas|color palettes|clay|a new synth|photography|stop motion|the character backstory|improv"),
    ];

    private static Activity Of(string category, double minutes, int difficulty, string verbs, string things) => new(category, verbs.Split('|'), things.Split('|'), minutes, difficulty);
}
