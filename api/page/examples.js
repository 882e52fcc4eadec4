// Questions for a newcomer. They are about the bundled documents and are shown only where the
// service has one of these; an id is a hash of the text.

export const EXAMPLE_DOCUMENTS = ["b56bb511d0b7", "7f7910956aed"];

export const EXAMPLES = {
  "zh-Hans": [
    "国家级经开区目前有多少家？",
    "2024年国家级经开区实际利用外资多少？",
    "工作方案部署了哪四大关键任务？",
    "什么是“工业上楼”？",
  ],
  "zh-Hant": [
    "國家級經開區目前有多少家？",
    "2024年國家級經開區實際利用外資多少？",
    "《工作方案》部署了哪四大關鍵任務？",
    "什麼是「工業上樓」？",
  ],
  en: [
    "How many national-level development zones are there?",
    "What was the GDP of the national-level development zones in 2024?",
    "Which four key tasks does the work plan set out?",
    "When was Suzhou Industrial Park established?",
  ],
};
